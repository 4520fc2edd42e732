"""Exports of dashboards, an hour each by the minute, with what is in them: checkout has ten requests a minute, of which
one fails and two are refused where the export tells it; cart has five."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from dashboard.timerange import utc
from tests.sources.csv.csv_text import BEGIN

CHECKOUT, FAILED, CLIENT, CART = 600, 60, 120, 300
# What is written where the file does not tell it.
REQUESTS = {"signal": "requests"}
COUNTS = {"signal": "requests", "unit": "count"}


@dataclass(frozen=True)
class Export:
    """A file, and what is in it.

    Attributes:
        title: of the format that it is recognised as.
        text: a header, and the rows.
        counts: (service, detail) → requests where the detail is empty, else errors.
        reading: what the configuration says.
        broken: a further row that holds no number. `line`: where it then is. `reason`: how its reason begins.
        quantile: seconds of the 95th percentile of checkout; None: none is told.
    """

    title: str
    text: str
    counts: dict[tuple[str, str], float]
    broken: str
    line: int
    reason: str
    reading: dict[str, Any] = field(default_factory=dict)
    quantile: float | None = None


def hour(row: Callable[[int], str], *, ends: bool = False) -> str:
    """Sixty rows, or groups of rows; `ends`: they are stamped at the ends of their minutes."""
    return "".join(row(BEGIN + 60 * (minute + ends)) for minute in range(60))


def local(seconds: int, pattern: str = "%Y-%m-%d %H:%M:%S") -> str:
    return utc(seconds).strftime(pattern)


def counters(seconds: int) -> int:
    """Minutes that a counter has counted."""
    return (seconds - BEGIN) // 60


ALL = {("checkout", ""): CHECKOUT, ("checkout", "server"): FAILED, ("checkout", "client"): CLIENT, ("cart", ""): CART,
       ("cart", "server"): 0, ("cart", "client"): 0}  # fmt: skip
BOTH = {("checkout", ""): CHECKOUT, ("cart", ""): CART}
ERRORS = {("checkout", ""): CHECKOUT, ("checkout", "server"): FAILED, ("cart", ""): CART, ("cart", "server"): 0}
NO_NUMBER = "which is no number, or has another unit than the others"
STATUSES = (("checkout", 200, 7), ("checkout", 404, 2), ("checkout", 503, 1), ("cart", 200, 5))
SERIES = [f'http_requests_total{{code=""{code}"", service=""{service}""}}' for service, code, _ in STATUSES]

EXPORTS = {
    "grafana joined by time, rates": Export(
        "Grafana",
        '"Time","{service=""checkout""}","{service=""cart""}"\n'
        + hour(lambda end: f"{local(end)},0.167 req/s,83.3m req/s\n".replace("83.3m", "0.0833"), ends=True),
        {("checkout", ""): 0.167 * 3600, ("cart", ""): 0.0833 * 3600},
        f"{local(BEGIN)},5,0.0833 req/s\n", 62, f"{{service=\"checkout\"}} is '5', {NO_NUMBER}", REQUESTS,
    ),
    "grafana joined by time, counters": Export(
        "Grafana",
        ",".join(['"Time"', *(f'"{name}"' for name in SERIES)]) + "\n"
        + "".join(
            ",".join([f"{1000 * end}", *(str(counters(end) * count) for _, _, count in STATUSES)]) + "\n"
            for end in range(BEGIN, BEGIN + 3601, 60)
        ),
        ALL, f"{1000 * BEGIN},x,1,1,1\n", 63,
        f"http_requests_total{{code=\"200\", service=\"checkout\"}} is 'x', {NO_NUMBER}",
    ),
    "grafana joined by time, latency": Export(
        "Grafana",
        '"Time","checkout","{service=""cart""}"\n' + hour(lambda end: f"{local(end)},409 ms,1.2 s\n", ends=True),
        {}, f"{local(BEGIN)},409 ms,fast\n", 62,
        f"{{service=\"cart\"}} is 'fast', {NO_NUMBER}", {"signal": "p95"}, 0.409,
    ),
    "grafana series to rows": Export(
        "Grafana",
        '"Time","Metric","Value"\n' + hour(
            lambda end: "".join(
                f'{local(end)},"{{service=""{service}"", code=""{code}""}}",{count}\n'
                for service, code, count in STATUSES
            ), ends=True,
        ),
        ALL, f'{local(BEGIN)},"{{service=""cart"", code=""200""}}",-3\n', 242, "the value is -3: it is below 0", COUNTS,
    ),
    "grafana before version 7": Export(
        "Grafana",
        'sep=;\n"Series";"Time";"Value"\n' + "".join(
            f'"{service}";"{local(BEGIN + 60 * minute)}";{count}\n'
            for service, count in (("checkout", 10), ("cart", 5)) for minute in range(1, 61)
        ),
        BOTH, f'"cart";"{local(BEGIN)}";many\n', 123, f"the value is 'many', {NO_NUMBER}", COUNTS,
    ),
    "grafana table": Export(
        "Grafana",
        '"Time","service","code","Value #A"\n' + hour(
            lambda end: "".join(f"{local(end)},{service},{code},{count}\n" for service, code, count in STATUSES),
            ends=True,
        ),
        ALL, f"{local(BEGIN)},,200,1\n", 242, "nothing tells the service", COUNTS,
    ),
    "victoriametrics": Export(
        "VictoriaMetrics",
        "__name__,__value__,__timestamp__:unix_ms,job,code\n" + "".join(
            f"http_requests_total,{1000 + count * minute},{1000 * (BEGIN + 60 * minute)},{service},{code}\n"
            for service, code, count in STATUSES for minute in range(61)
        ),
        ALL, f"http_requests_total,x,{1000 * (BEGIN + 3660)},cart,200\n", 246, f"the value is 'x', {NO_NUMBER}",
    ),
    "victoriametrics user interface": Export(
        "VictoriaMetrics",
        "timestamp,metric,service,code,value\n" + "".join(
            f"{1000 * (BEGIN + 60 * minute)},http_requests_total,{service},{code},{count * minute}\n"
            for service, code, count in STATUSES for minute in range(61)
        ),
        ALL, f"{1000 * (BEGIN + 3660)},http_requests_total,cart,200,-1\n", 246, "the value is -1: it is below 0",
    ),
    "datadog": Export(
        "Datadog metrics",
        'date,metric,service:checkout,"service:cart,env:prod"\n'
        + hour(lambda start: f"{local(start)},trace.http.request.hits (sum),10,5\n"),
        BOTH, f"{local(BEGIN + 3600)},trace.http.request.hits (sum),10,many\n", 62,
        f"service:cart,env:prod is 'many', {NO_NUMBER}",
        COUNTS,
    ),
    "datadog queries": Export(
        "Datadog metrics",
        "timestamp," + ",".join(
            f"sum:trace.http.request.{metric}{{service:{service}}}.as_count()"
            for metric in ("hits", "errors") for service in ("checkout", "cart")
        ) + "\n" + hour(lambda start: f"{1000 * start},10,5,1,\n"),
        ERRORS, f"{1000 * BEGIN + 3_600_000},1,5,9,0\n", 62, "more requests failed than came",
    ),
    "splunk timechart": Export(
        "Splunk timechart",
        '"_time",checkout,cart,OTHER,NULL,"_span"\n'
        + hour(lambda start: f"{local(start, '%Y-%m-%dT%H:%M:%S.000+0000')},10,5,3,1,60\n"),
        BOTH, f"{local(BEGIN + 3600)},10.5,5,3,1,60\n", 62, "checkout is 10.5: a count is a whole number", COUNTS,
    ),
    "splunk timechart of two": Export(
        "Splunk timechart",
        '"_time","requests: checkout","errors: checkout","requests: cart","errors: cart","avg(ms): cart"\n'
        + hour(lambda start: f"{local(start, '%Y-%m-%dT%H:%M:%S.000+0000')},10,1,5,0,12.5\n"),
        ERRORS, f"{local(BEGIN + 3600)},10,-1,5,0,1\n", 62, "errors: checkout is -1: it is below 0", {"unit": "count"},
    ),
    "kibana lens": Export(
        "Kibana visualisation",
        '"Top 5 values of service.name","@timestamp per minute","Top 9 values of http.response.status_code",'
        '"Count of records"\n'
        + hour(
            lambda start: "".join(
                f'{service},"{local(start, "%Y-%m-%d %H:%M")}",{code},"{count},000"\n'
                for service, code, count in STATUSES
            )
        ),
        {key: 1000 * count for key, count in ALL.items()},
        f'cart,"{local(BEGIN + 3600)}",200,some\n', 242, f"the value is 'some', {NO_NUMBER}",
    ),
    "kibana before lens": Export(
        "Kibana visualisation",
        '"@timestamp per minute","service.name.keyword: Descending",Count\n'
        + hour(
            lambda start: "".join(
                f'"{local(start, "%b %d, %Y @ %H:%M:%S")}.000",{service},{count}\n'
                for service, count in (("checkout", 10), ("cart", 5))
            )
        ),
        BOTH, f"{local(BEGIN + 3600, '%H:%M')},cart,5\n", 122, "the time",
    ),
    "new relic": Export(
        "New Relic TIMESERIES",
        "beginTimeSeconds,endTimeSeconds,facet,httpResponseCode,count\n"
        + hour(
            lambda start: "".join(
                f"{start},{start + 60},{service},{code},{count}\n" for service, code, count in STATUSES
            )
        ),
        ALL, f"{BEGIN + 3600},{BEGIN + 3660},cart,200,2.5\n", 242, "the value is 2.5: a count is a whole number",
        {"columns": {"status": "httpResponseCode"}},
    ),
    "new relic aliases": Export(
        "New Relic TIMESERIES",
        "beginTimeSeconds,endTimeSeconds,appName,requests,errors\n"
        + hour(lambda start: f"{start},{start + 60},checkout,10,1\n{start},{start + 60},cart,5,0\n"),
        ERRORS, f"{BEGIN + 3600},{BEGIN + 3660},cart,5,6\n", 122, "requests and errors must be counts",
    ),
    "cloudwatch metrics": Export(
        "CloudWatch metrics",
        "Id,m1,m2,m3,m4,m5\n"
        "Label,checkout RequestCount,checkout HTTPCode_Target_5XX_Count,checkout TargetResponseTime,cart RequestCount,"
        "cart HTTPCode_Target_5XX_Count\n"
        "Statistic,Sum,Sum,p95,Sum,Sum\nPeriod,60,60,60,60,60\n"
        + hour(lambda start: f"{local(start, '%Y/%m/%d %H:%M:%S')},10,1,0.25,5,\n"),
        ERRORS, f"{local(BEGIN + 3600, '%Y/%m/%d %H:%M:%S')},10,1,0.25,x,\n", 65,
        "RequestCount{service=\"cart\"", {}, 0.25,
    ),
    "cloudwatch metrics with dimensions": Export(
        "CloudWatch metrics",
        "Metric name,RequestCount,RequestCount\nDimensions,ServiceName=checkout,ServiceName=cart\nStatistic,Sum,Sum\n"
        ",checkout,cart\n"
        + hour(lambda start: f"{local(start)},10,5\n"),
        BOTH, f"{local(BEGIN + 3600)},1.5,5\n", 65, "RequestCount{service=\"checkout\"",
    ),
    "logs insights": Export(
        "CloudWatch Logs Insights",
        "bin(1m),service,status,count(*)\n"
        + hour(
            lambda start: "".join(f"{local(start)}.000,{service},{code},{count}\n" for service, code, count in STATUSES)
        ),
        ALL, f"{local(BEGIN + 3600)}.000,cart,200,\n{local(BEGIN + 3600)}.000,cart,200,x\n", 243,
        f"the value is 'x', {NO_NUMBER}",
    ),
    "logs insights aliases": Export(
        "CloudWatch Logs Insights",
        "bin(1m),service,requests,errors\n"
        + hour(lambda start: f"{local(start)}.000,checkout,10,1\n{local(start)}.000,cart,5,0\n"),
        ERRORS, f"{local(BEGIN + 3600)}.000,cart,x,0\n", 122, "requests 'x' is no number",
    ),
    "azure dimensions": Export(
        "Azure Monitor metrics",
        'Requests by cloud role\n\n"Timestamp (UTC)","checkout (Sum)","cart (Sum)"\n'
        + hour(lambda start: f"{local(start)},10,5\n"),
        BOTH, f"{local(BEGIN + 3600)},10\n", 64, "2 columns instead of 3", REQUESTS,
    ),
    "azure metrics": Export(
        "Azure Monitor metrics",
        '"Timestamp [UTC]","Requests (Sum)","Http 4xx (Sum)","Http 5xx (Sum)"\n'
        + hour(lambda start: f"{local(start)},10,2,1\n"),
        {("checkout", ""): CHECKOUT, ("checkout", "server"): FAILED, ("checkout", "client"): CLIENT},
        f"{local(BEGIN + 3600)},10,2,x\n", 62, f"Http 5xx (Sum) is 'x', {NO_NUMBER}",
    ),
}  # fmt: skip
