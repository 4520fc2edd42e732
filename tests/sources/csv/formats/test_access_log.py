"""Access logs of nginx, Apache, ingress-nginx and Traefik: twenty requests each, two failed, two refused."""

from pathlib import Path

import pytest

from dashboard.sources.csv.formats.access_log_extras import TAKEN_US, UNCLEAR
from dashboard.timerange import HOUR, Grid
from tests.sources.csv.formats.understood import END, LOGS, Counts, Understood, by_label, source_of, understood

# By hand: 0.004, 8 × 0.012, 8 × 0.11, 2 × 0.7, 0.9 s. The tenth is 0.11, the nineteenth 0.7.
ALL = Counts(20, 2, 2, "0.15", "0.75")
NO_LATENCY = Counts(20, 2, 2)
NO_DURATION = "no latency: the log holds no durations: append $request_time (nginx) or %D (Apache) to its format"
# Every other one of them: 0.004, 4 × 0.012, 4 × 0.11, 0.7 and 4 × 0.012, 4 × 0.11, 0.7, 0.9.
HALF = {"shop.example.com": Counts(10, 1, 1, "0.15", "1"), "admin.example.com": Counts(10, 1, 1, "0.02", "0.75")}


@pytest.mark.parametrize(
    ("name", "services", "notes"),
    [
        ("common", {"common": NO_LATENCY}, (NO_DURATION,)),
        ("combined", {"combined": NO_LATENCY}, (NO_DURATION,)),
        ("nginx_main", {"nginx_main": NO_LATENCY}, (NO_DURATION,)),
        ("nginx_request_time", {"nginx_request_time": ALL}, ()),
        ("nginx_upstream", {"nginx_upstream": ALL}, ()),
        ("nginx_named", {"nginx_named": ALL}, ()),
        ("apache_us", {"apache_us": ALL}, (TAKEN_US,)),
        ("apache_s_us", {"apache_s_us": ALL}, ()),
        ("apache_vhost", HALF, (TAKEN_US,)),
        # The last two, with 500 and 499, had no upstream.
        (
            "ingress",
            {"(no name)": Counts(2, 1, 1, "0.75", "1"), "shop-cart-80": Counts(18, 1, 1, "0.02", "0.75")},
            (),
        ),
        ("traefik", {"shop": ALL}, ()),
        # Times of nginx with their offset, and what syslog writes before each line, on the 9th and the 10th.
        ("iso", {"iso": ALL}, ()),
        ("syslog", {"syslog": ALL}, ()),
        # Times without an offset, and phrases of several words behind the status; what a container's log begins with.
        ("uvicorn", {"uvicorn": NO_LATENCY}, (NO_DURATION,)),
        ("werkzeug", {"werkzeug": NO_LATENCY}, (NO_DURATION,)),
        ("kubernetes", {"kubernetes": NO_LATENCY}, (NO_DURATION,)),
    ],
)
def test_each_usual_format_is_counted_exactly(name: str, services: dict[str, Counts], notes: tuple[str, ...]) -> None:
    assert understood(LOGS / f"{name}.log") == Understood(services, {}, notes)


def test_what_makes_no_request_is_a_bad_row_with_its_line_and_nothing_else_is_lost() -> None:
    result = understood(LOGS / "nginx_broken.log")
    assert result.bad_rows == {
        4: "7 columns instead of 11",
        6: "the time '[31/Nov/2026:20:01:03 +0000]' cannot be read: "
        'write time_format, such as "%d.%m.%Y %H:%M:%S", under [source]',
        10: "14 columns instead of 11",
        11: "the duration is no number of at least 0, with or without ns, us, ms, s, m or h behind it",
        12: "the status is missing",
    }
    # 200, 500, 499, 000, 400, 444, 200: without any answer a request failed.
    assert result.services == {"nginx_broken": Counts(7, 2, 3, "0.001", "0.5")}


def test_a_last_line_that_is_cut_off_is_a_bad_row_once_nobody_writes_on(tmp_path: Path) -> None:
    path = tmp_path / "shop.log"
    lines = (LOGS / "combined.log").read_text(encoding="utf-8")
    path.write_text(
        lines + '10.0.0.1 - - [28/Nov/2026:20:31:10 +0000] "GET /cut HTTP/1.1" 200 17 "-" "cu', encoding="utf-8"
    )
    result = understood(path)
    assert result.services == {"shop": NO_LATENCY}
    assert result.bad_rows == {21: "12 columns instead of 10"}


def test_breakdowns_are_by_path_without_what_was_searched_for_by_method_and_status() -> None:
    path = LOGS / "nginx_request_time.log"
    assert by_label(path, "nginx_request_time", "path") == {
        "/cart": (9, 0), "/cart/7": (6, 0), "/missing": (1, 0), "/pay": (4, 2),
    }  # fmt: skip
    assert by_label(path, "nginx_request_time", "method") == {"GET": (16, 0), "POST": (4, 2)}
    assert by_label(path, "nginx_request_time", "status") == {
        "200": (14, 0), "302": (2, 0), "404": (1, 0), "499": (1, 0), "500": (2, 2),
    }  # fmt: skip


def test_a_number_without_a_unit_is_no_latency_until_the_configuration_says_which(tmp_path: Path) -> None:
    path = tmp_path / "small.log"
    lines = (LOGS / "apache_us.log").read_text(encoding="utf-8").replace("000\n", "\n")
    path.write_text(lines, encoding="utf-8")
    assert understood(path) == Understood({"small": NO_LATENCY}, {}, (f"no latency: {UNCLEAR}",))
    assert understood(path, duration="ms") == Understood({"small": ALL}, {}, ())


@pytest.mark.parametrize(
    "numbers",
    [
        pytest.param([12, 15, 9, 700], id="milliseconds, or bytes"),
        pytest.param([300, 301, 322, 355], id="what was sent with its headers"),
        pytest.param([5001, 5002, 5003, 5004], id="numbers of connections"),
    ],
)
def test_numbers_that_may_be_something_else_are_no_durations(tmp_path: Path, numbers: list[int]) -> None:
    path = tmp_path / "shop.log"
    first = (LOGS / "combined.log").read_text(encoding="utf-8").splitlines()[: len(numbers)]
    path.write_text(
        "".join(f"{line} {number}\n" for line, number in zip(first, numbers, strict=True)), encoding="utf-8"
    )
    assert understood(path).notes == (f"no latency: {UNCLEAR}",)


@pytest.mark.parametrize(("status", "counts"), [("-", Counts(1)), ("000", Counts(1, 1)), ("009", Counts(1))])
def test_a_status_that_is_none_is_never_good(tmp_path: Path, status: str, counts: Counts) -> None:
    path = tmp_path / "shop.log"
    line = (LOGS / "combined.log").read_text(encoding="utf-8").splitlines()[0]
    path.write_text(line.replace(" 200 ", f" {status} ") + "\n", encoding="utf-8")
    result = understood(path)
    assert result.services == {"shop": counts}
    # Nothing is said of what cannot be told but that it cannot.
    is_told = any("failed is unknown" in note for note in result.notes)
    frame = source_of(path).counts(Grid(END, END, HOUR)).frame
    assert (is_told, ("shop", "errors", "server") not in frame) == (status != "000", status != "000")


@pytest.mark.parametrize(
    ("before", "services"),
    [
        pytest.param(("10.0.0.5 10.0.0.1", "shop.example.com 10.0.0.2"), {"10.0.0.5", "shop.example.com"}, id="first"),
        pytest.param(("10.0.0.1 10.0.0.5", "10.0.0.2 shop.example.com"), {"10.0.0.5", "shop.example.com"}, id="second"),
        pytest.param(("10.0.0.1 10.0.0.5", "10.0.0.2 10.0.0.5"), {"access"}, id="two addresses"),
        pytest.param(("shop.example.com unix:", "shop.example.com -"), {"shop.example.com"}, id="no address"),
    ],
)
def test_a_virtual_host_is_told_from_the_address_of_clients(
    tmp_path: Path, before: tuple[str, ...], services: set[str]
) -> None:
    path = tmp_path / "access.log"
    line = (LOGS / "combined.log").read_text(encoding="utf-8").splitlines()[0].partition(" ")[2]
    path.write_text("".join(f"{text} {line}\n" for text in before), encoding="utf-8")
    assert set(understood(path).services) == services


def test_the_configuration_names_the_service_and_a_time_format_is_not_for_these(tmp_path: Path) -> None:
    path = LOGS / "apache_vhost.log"
    assert set(understood(path, service="edge").services) == {"edge"}


def test_names_of_days_and_of_rotation_are_no_services(tmp_path: Path) -> None:
    folder = tmp_path / "shop" / "2026-11"
    folder.mkdir(parents=True)
    line = (LOGS / "combined.log").read_text(encoding="utf-8").splitlines()[0] + "\n"
    for name in ("access.log", "access.log.1", "access-20261127.log", "2026-11-28.log", "u_ex261128.log"):
        (folder / name).write_text(line, encoding="utf-8")
    assert understood_folder(tmp_path) == {"access": 3, "shop": 2}


def understood_folder(path: Path) -> dict[str, int]:
    return {name: counts.requests for name, counts in understood(path).services.items()}


def test_a_log_that_grows_is_followed_through_half_lines_and_quotes_that_are_not_closed(tmp_path: Path) -> None:
    lines = (LOGS / "nginx_upstream.log").read_text(encoding="utf-8").splitlines(keepends=True)
    path = tmp_path / "shop.log"
    path.write_text("".join(lines[:5]) + lines[5][:70], encoding="utf-8")
    source = source_of(path)
    source.discover(0)
    for text in (lines[5][70:], lines[6].replace('"-"', '"-', 1), "".join(lines[7:])):
        with path.open("a", encoding="utf-8") as file:
            file.write(text)
        answer = source.counts(Grid(END, END, HOUR))
    assert answer.frame[("shop", "requests", "")].sum() == 19
    assert [(problem.where.rpartition(":")[2], problem.what) for problem in answer.problems] == [
        ("7", "21 columns instead of 13")
    ]


def test_a_quote_that_is_not_closed_spoils_its_line_alone_however_many_there_are(tmp_path: Path) -> None:
    path = tmp_path / "shop.log"
    lines = (LOGS / "apache_us.log").read_text(encoding="utf-8").splitlines()
    # An odd number of quotes in one line of three, most of the others hold escaped ones.
    broken = [line.replace('"-"', '"-', 1) if number % 3 == 0 else line for number, line in enumerate(lines)]
    path.write_text("\n".join(broken * 200) + "\n", encoding="utf-8")
    source = source_of(path)
    source.discover(0)
    answer = source.counts(Grid(END, END, HOUR))
    assert (answer.frame[("shop", "requests", "")].sum(), answer.bad_rows) == (13 * 200, 7 * 200)
