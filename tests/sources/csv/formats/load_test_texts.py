"""The same small load test as each tool would write it: 20 requests, one a second, of which two fail.

Ten take 40 ms, eight 90 ms; the two that fail take 400 ms. Of those that succeed half are done in 48 ms, and 95 % in
97.19 ms: that is 0.03 + 0.02 × 9 / 10 and 0.075 + 0.025 × (17.1 - 10) / 8, inside the buckets of 50 and of 100 ms.
"""

import base64
import math
from collections.abc import Callable
from dataclasses import dataclass

from dashboard.timerange import utc
from tests.sources.csv.csv_text import BEGIN

REQUESTS, FAILED, P50, P95 = 20, 2, 0.048, 0.0971875
# (seconds after BEGIN when it starts, milliseconds, it failed)
SAMPLES = [(60 + number, 40, False) for number in range(10)]
SAMPLES += [(70 + number, 90, False) for number in range(8)] + [(78, 400, True), (79, 400, True)]


@dataclass(frozen=True)
class LoadTest:
    """A file of a tool.

    Attributes:
        name: of the file. `text`: what is in it.
        route: of the requests that fail, as a breakdown names it; empty: there is none.
        broken: a further row that is broken. `reason`: why.
        title: as the tool is called.
        p50, p95: seconds.
        grows: it is written line by line.
    """

    name: str
    text: str
    route: str
    broken: str
    reason: str
    title: str
    p50: float = P50
    p95: float = P95
    grows: bool = True


def _lines(line: Callable[[float, int, bool], str]) -> str:
    return "".join(line(BEGIN + start, milliseconds, failed) + "\n" for start, milliseconds, failed in SAMPLES)


def _k6(header: str, *, tags: Callable[[bool], str]) -> str:
    def line(start: float, milliseconds: int, failed: bool) -> str:
        end = round(start + milliseconds / 1000)
        metrics = {
            "http_reqs": 1, "http_req_duration": milliseconds, "http_req_blocked": 0.1, "http_req_connecting": 0,
            "http_req_tls_handshaking": 0, "http_req_sending": 0.02, "http_req_waiting": milliseconds - 0.5,
            "http_req_receiving": 0.3, "http_req_failed": failed,
        }  # fmt: skip
        rows = [f"{metric},{end},{value:f},{tags(failed)}" for metric, value in metrics.items()]
        return "\n".join([*rows, f"iteration_duration,{end},{milliseconds + 1000:f}," + "," * tags(failed).count(",")])

    return (
        f"metric_name,timestamp,metric_value,{header}\nvus,{BEGIN},5.000000,{',' * header.count(',')}\n{_lines(line)}"
    )


K6_TAGS = (
    "check,error,error_code,expected_response,group,method,name,proto,scenario,service,status,subproto,tls_version,url,"
    "extra_tags,metadata"
)


def _k6_tags(failed: bool) -> str:
    # A 404 that the test expects is good; a 200 that it does not expect has failed.
    status, name = (200, "POST /pay") if failed else (404, "GET /gone")
    expected, group = str(not failed).lower(), "::cart::pay" if failed else ""
    return f",,,{expected},{group},{name[:4].strip()},{name},HTTP/1.1,default,,{status},,,http://shop/,,"


def _k6_old_tags(failed: bool) -> str:
    error, code, status = ("dial: i/o timeout", 1211, 0) if failed else ("", "", 200)
    return f",{error},{code},,GET,http://shop/?a={failed},HTTP/1.1,default,{status},,,http://shop/,"


JMETER_HEADER = (
    "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,failureMessage,bytes,sentBytes,"
    "grpThreads,allThreads,URL,Latency,IdleTime,Connect"
)
SUM = "Number of samples in transaction"


def _jmeter(start: float, milliseconds: int, failed: bool) -> str:
    """A home page with what it embeds, or a payment that is redirected, in a transaction."""
    begin, end = round(start * 1000), f"text,{str(not failed).lower()},"
    thread, tail = f"Users 1-{1 + int(start) % 2}", "16,8,2,2,http://shop/,39,0,1"
    if not failed:
        parts = "".join(f"\n{begin + 1},{milliseconds - 2},Home-{part},200,OK,{thread},{end},{tail}" for part in (0, 1))
        return f"{begin},{milliseconds},Home,200,OK,{thread},{end},{tail}{parts}"
    failure = f'{end[:-1]},"Test failed: text expected to contain ""paid"", but it did not"'
    message = f'"{SUM} : 1, number of failing samples : 1"'
    sample = f"{begin},{milliseconds},Pay-1,200,OK,{thread},{failure},{tail}"
    part = f"{begin},{milliseconds - 1},Pay-1-0,302,Found,{thread},{end},{tail}"
    return f"{sample}\n{part}\n{begin},{milliseconds},Buy,,{message},{thread},,false,,{tail}"


def _jmeter_codes(start: float, milliseconds: int, failed: bool) -> str:
    moment = utc(start).strftime("%Y/%m/%d %H:%M:%S.000")
    code = "Non HTTP response code: java.net.SocketTimeoutException" if failed else "200"
    return f"{moment}\t{milliseconds}\tHome\t{code}\tUsers 1-1"


def _gatling(user: str = "") -> str:
    def line(start: float, milliseconds: int, failed: bool) -> str:
        begin = round(start * 1000)
        name = 'search\tsay "hi"' if failed else "\thome"
        outcome = "KO\tstatus.find.in(200), found 500" if failed else "OK\t "
        others = f"USER\tvisitors\tSTART\t{begin}\n"
        others += f"GROUP\tsearch\t{begin}\t{begin + milliseconds}\t{milliseconds}\tKO\n" if failed else ""
        return f"{others}REQUEST\t{user}{name}\t{begin}\t{begin + milliseconds}\t{outcome}"

    return f"ASSERTION\tAAECAwQ=\nRUN\tshop.Visit\tvisit\t{BEGIN}000\t \t3.9.5\n{_lines(line)}"


def _vegeta(further: str = "") -> str:
    body = base64.b64encode(b'{"a": 1, "b": 2}').decode()

    def line(start: float, milliseconds: int, failed: bool) -> str:
        error = '"Get ""http://shop/"": context deadline exceeded, gave up"' if failed else ""
        return f"{start}123456789,{0 if failed else 200},{milliseconds}000000,0,16,{error},{body},,{start}{further}"

    return _lines(line)


LOCUST_HISTORY = (
    "Timestamp,User Count,Type,Name,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%,"
    "Total Request Count,Total Failure Count,Total Median Response Time,Total Average Response Time,"
    "Total Min Response Time,Total Max Response Time,Total Average Content Size"
)
LOCUST_STATISTICS = (
    "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,"
    "Max Response Time,Average Content Size,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%"
)
NOTHING = ",".join(["N/A"] * 11)
SOME = "48,50,60,70,80,97.1875,300,400,400,400,400"


def _locust_history() -> str:
    """Running totals by request and over all, which are set to 0 once, after five requests."""
    text = f"{LOCUST_HISTORY}\n{BEGIN + 59},0,,{ALL},0.0,0.0,{NOTHING},0,0,0,0.0,0,0,0\n"
    totals = {"/": 0, "/pay": 0}
    for number, (start, _, failed) in enumerate(SAMPLES):
        totals = {"/": 0, "/pay": 0} if number == 5 else totals
        totals["/pay" if failed else "/"] += 1
        for name, total, failures in (("/", totals["/"], 0), ("/pay", totals["/pay"], totals["/pay"])):
            text += f"{BEGIN + start},3,GET,{name},0.9,0.1,{SOME},{total},{failures},48,58.0,1,400,5\n"
        text += f"{BEGIN + start},3,,{ALL},0.9,0.1,{SOME},{sum(totals.values())},{totals['/pay']},48,58.0,1,400,5\n"
    return text


def _locust_statistics() -> str:
    rows = (("GET", "/", 18, 0), ("GET", "/pay", 2, 2), ("", ALL, 20, 2))
    lines = (
        f"{kind},{name},{requests},{failures},48,58.0,1,400,5,{requests / 20},{failures / 20},{SOME}"
        for kind, name, requests, failures in rows
    )
    return "\n".join([LOCUST_STATISTICS, *lines, ""])


ALL = "Aggregated"
HEY_HEADER = "response-time,DNS+dialup,DNS,Request-write,Response-delay,Response-read,status-code,offset"


def _hey(start: float, milliseconds: int, failed: bool) -> str:
    status = 503 if failed else 200
    return f"{milliseconds / 1000:.4f},0.0001,0.0000,0.0000,0.0300,0.0001,{status},{start - BEGIN - 60:.4f}"


WRK = f"""Running 20s test @ http://127.0.0.1:8080/
  1 threads and 2 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency    45.44ms    5.60ms  54.49ms   92.00%
    Req/Sec     0.95      7.29    60.00     85.00%
  Latency Distribution
     50%   {P50 * 1000:.2f}ms
     75%   90.00ms
     90%  400.00ms
     99%    0.40s
  19 requests in 20.00s, 23.33KB read
  Socket errors: connect 0, read 1, write 0, timeout 0
  Non-2xx or 3xx responses: 1
Requests/sec:      0.95
Transfer/sec:      5.82KB
"""
WRK2 = f"""Running 20s test @ http://127.0.0.1:8080
  1 threads and 2 connections
  Thread calibration: mean lat.: 1.464ms, rate sampling interval: 10ms
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency    45.44ms    5.60ms  54.49ms   92.00%
    Req/Sec     1.00      0.10     2.00     72.73%
  Latency Distribution (HdrHistogram - Recorded Latency)
 50.000%   {P50 * 1000:.2f}ms
 75.000%   90.00ms
 99.000%    0.40s
100.000%    0.40s

  Detailed Percentile spectrum:
       Value   Percentile   TotalCount 1/(1-Percentile)

      48.000     0.500000           10         2.00
{P95 * 1000:12.4f}     0.950000           19        20.00
     400.000     1.000000           20          inf
#[Mean    =        1.445, StdDeviation   =        0.706]
----------------------------------------------------------
  20 requests in 20.00s, 23.33KB read
  Non-2xx or 3xx responses: 2
Requests/sec:      1.00
Transfer/sec:      5.82KB
"""
LOAD_TESTS = {
    "k6": LoadTest(
        "visit.csv",
        _k6(K6_TAGS, tags=_k6_tags),
        "cart/pay: POST /pay",
        f"http_req_duration,{BEGIN},abc,{_k6_tags(False)}\n",
        "duration",
        "k6",
    ),
    "k6 before 0.31": LoadTest(
        "visit.csv",
        _k6(
            "check,error,error_code,group,method,name,proto,scenario,status,subproto,tls_version,url,extra_tags",
            tags=_k6_old_tags,
        ),
        "http://shop/?a=True",
        f"http_req_duration,soon,7,{_k6_old_tags(False)}\n",
        "time",
        "k6",
    ),
    "JMeter": LoadTest(
        "visit.jtl",
        f"{JMETER_HEADER}\n{_lines(_jmeter)}",
        "Pay-1",
        f"{BEGIN}000,,Home,200,OK,Users 1-1,text,true,,1,1,1,1,http://shop/,1,0,1\n",
        "duration",
        "JMeter",
    ),
    "JMeter without a header": LoadTest(
        "visit.jtl",
        _lines(_jmeter),
        "Pay-1",
        f"{BEGIN}000,,Home,200,OK,Users 1-1,text,true,,1,1,1,1,http://shop/,1,0,1\n",
        "duration",
        "JMeter",
    ),
    "JMeter with codes alone": LoadTest(
        "visit.jtl",
        f"timeStamp\telapsed\tlabel\tresponseCode\tthreadName\n{_lines(_jmeter_codes)}",
        "",
        "2026/11/31 10:00:00.000\t1\tHome\t200\tUsers 1-1\n",
        "time",
        "JMeter",
    ),
    "Locust's history": LoadTest(
        "visit_stats_history.csv",
        _locust_history(),
        "",
        f"{BEGIN + 90},3,,{ALL},0.9,0.1,{NOTHING},many,2,48,58.0,1,400,5\n",
        "requests and errors must be counts",
        "Locust",
    ),
    "Locust's statistics": LoadTest(
        "visit.csv",
        _locust_statistics(),
        "",
        f",{ALL},many,2,48,58.0,1,400,5,1.0,0.1,{SOME}\n",
        "requests and errors must be counts",
        "Locust's statistics",
        grows=False,
    ),
    "hey": LoadTest(
        "visit.csv",
        f"{HEY_HEADER}\n{_lines(_hey)}",
        "",
        "-0.1,0.0001,0.0000,0.0000,0.0300,0.0001,200,20.4\n",
        "duration",
        "hey",
        grows=False,
    ),
    "wrk": LoadTest(
        "visit.txt",
        WRK,
        "",
        "Running 20s test @ http://127.0.0.1:8080/\nunable to connect\n",
        "the run has no result: it tells of no requests",
        "wrk",
        p95=math.nan,
        grows=False,
    ),
    "wrk2": LoadTest(
        "visit.txt",
        WRK2,
        "",
        WRK2.replace("20 requests", "no requests"),
        "the run has no result: it tells of no requests",
        "wrk",
        grows=False,
    ),
    "Gatling": LoadTest(
        "visit.log", _gatling(), 'search,say "hi"', f"REQUEST\t\thome\tsoon\t{BEGIN}000\tOK\t \n", "duration", "Gatling"
    ),
    "Gatling before 3.4": LoadTest(
        "visit.log", _gatling("17\t"), 'search,say "hi"', "REQUEST\t17\t\thome\tOK\n", "columns", "Gatling"
    ),
    "vegeta": LoadTest(
        "visit.csv",
        _vegeta(',GET,"http://shop/?a=1,2",QWNjZXB0OiAqCg=='),
        "",
        f"{BEGIN}123456789,200,-5,0,16,,,,,GET,http://shop/,\n",
        "duration",
        "vegeta",
    ),
    "vegeta before 12.8": LoadTest(
        "visit.csv", _vegeta(), "", f"{BEGIN}123456789,200,abc,0,16,,,,\n", "duration", "vegeta"
    ),
}  # fmt: skip
