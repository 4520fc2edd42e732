"""What an address may hold: moments as people and tools write them, ranges, names; and what is said of the rest."""

from datetime import UTC, datetime

import pytest

from dashboard.timerange import DAY, HOUR
from dashboard.ui.text import address
from dashboard.ui.text.address import HOW, Moment, Range

NOW = 1_760_000_000.0  # Thu 9 Oct 2025, 08:53:20 UTC
NOT_A_SPAN = "the range of the address must begin a minute to 31 days before it ends"
FUTURE = address.IN_FUTURE


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def between(begin: str | None, end: str | None) -> Range:
    return address.between(begin, end, now=NOW)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2025-10-08T10:00Z", Moment(at("2025-10-08T10:00"))),
        ("2025-10-08T10:00", Moment(at("2025-10-08T10:00"))),
        ("2025-10-08T10:00+02:00", Moment(at("2025-10-08T08:00"))),
        ("2025-10-08T10:00 02:00", Moment(at("2025-10-08T08:00"))),
        ("2025-10-08T10:00:00.250Z", Moment(at("2025-10-08T10:00:00.250"))),
        ("2025-10-08", Moment(at("2025-10-08T00:00"))),
        ("20251008", Moment(at("2025-10-08T00:00"))),
        ("1759917600", Moment(1_759_917_600.0)),
        ("1759917600.5", Moment(1_759_917_600.5)),
        ("1759917600000", Moment(1_759_917_600.0)),
        (" 1759917600 ", Moment(1_759_917_600.0)),
        ("now", Moment(NOW, moves=True)),
        ("now-6h", Moment(NOW - 6 * HOUR, moves=True)),
        ("now-1d12h", Moment(NOW - 36 * HOUR, moves=True)),
        ("now+1h", Moment(NOW + HOUR, moves=True)),
        ("now 1h", Moment(NOW + HOUR, moves=True)),
    ],
)
def test_a_moment_is_read_as_people_and_tools_write_it(text: str, moment: Moment) -> None:
    assert address.moment(text, now=NOW) == moment


@pytest.mark.parametrize(
    ("begin", "end", "expected"),
    [
        ("2025-10-08T10:00Z", "2025-10-08T12:00Z", Range(7200, at("2025-10-08T12:00"))),
        ("2025-10-08T10:00Z", "2025-10-08T10:01Z", Range(60, at("2025-10-08T10:01"))),
        ("2025-09-08T08:00Z", "2025-10-09T08:00Z", Range(31 * DAY, at("2025-10-09T08:00"))),
        ("1759917600", "1759921200000", Range(HOUR, 1_759_921_200.0)),
        ("now-6h", "now", Range(6 * HOUR)),
        ("now-6h", None, Range(6 * HOUR)),
        ("now-2d", "now-1d", Range(DAY, behind=float(DAY))),
        ("2025-10-09T06:53:20Z", None, Range(2 * HOUR, NOW)),
        ("2025-10-09T06:53:20Z", "now-1h", Range(HOUR, NOW - HOUR)),
    ],
)
def test_two_moments_are_a_range_and_one_is_a_range_until_now(begin: str, end: str | None, expected: Range) -> None:
    assert between(begin, end) == expected


@pytest.mark.parametrize("empty", [None, ""])
def test_an_address_without_a_range_is_no_problem(empty: str | None) -> None:
    assert between(empty, empty) == Range()


@pytest.mark.parametrize(
    ("begin", "end", "problem"),
    [
        ("soon", "later", f"the address says from='soon', which is no time: {HOW}"),
        ("now-6h", "later", f"the address says to='later', which is no time: {HOW}"),
        ("now-6x", "now", f"the address says from='now-6x', which is no time: {HOW}"),
        ("now-", "now", f"the address says from='now-', which is no time: {HOW}"),
        ("now-1h/h", "now", f"the address says from='now-1h/h', which is no time: {HOW}"),
        (None, "2025-10-08T10:00Z", f"the address has a to, but no from: {HOW}"),
        ("2025-13-08", "2025-10-08T10:00Z", f"the address says from='2025-13-08', which is no time: {HOW}"),
        ("now-6h", "<script>", f"the address says to='<script>', which is no time: {HOW}"),
        ("9" * 5000, "now", f"the address says from='{'9' * 80}', which is no time: {HOW}"),
        ("-5", "now", f"the address says from='-5', which is no time: {HOW}"),
        ("2025-10-08T12:00Z", "2025-10-08T10:00Z", NOT_A_SPAN),
        ("2025-10-08T10:00:00Z", "2025-10-08T10:00:59Z", NOT_A_SPAN),
        ("2025-09-08T07:59Z", "2025-10-09T08:00Z", NOT_A_SPAN),
        ("now", "now-6h", NOT_A_SPAN),
        ("now+1h", "now+2h", FUTURE),
        ("2025-10-10T10:00Z", "2025-10-10T12:00Z", FUTURE),
        ("2025-10-09T08:53Z", "2025-10-09T12:00Z", FUTURE),
        *(
            (begin, end, "the range of the address must lie between the years 1970 and 2200")
            for begin, end in (
                ("0001-01-01T00:00+14:00", "0001-01-01T01:00+14:00"),
                ("9999-12-31T22:00-14:00", "9999-12-31T23:00-14:00"),
                ("1969-12-31T23:59Z", "1970-01-01T01:00Z"),
                ("2200-01-01T00:00Z", "2200-01-01T01:00Z"),
                ("now-9999999d", "now"),
                ("99999999999", "now"),
            )
        ),
    ],
)  # fmt: skip
def test_a_range_that_makes_no_sense_is_one_sentence_and_no_range(
    begin: str | None, end: str | None, problem: str
) -> None:
    assert between(begin, end) == Range(problem=problem)


@pytest.mark.parametrize(
    ("begin", "end", "until"),
    [("2025-10-09T06:53:20Z", "2025-10-09T12:00Z", NOW), ("now-2h", "now+3h", None)],
)
def test_a_range_that_ends_in_the_future_is_shown_until_now(begin: str, end: str, until: float | None) -> None:
    assert between(begin, end) == Range(2 * HOUR, until, problem=address.UNTIL_NOW)
    ended = address.between(begin, end, now=NOW, ended=True)
    assert ended == Range(2 * HOUR, until, problem=address.UNTIL_END), "where the data end, nothing is said of a future"
    assert address.between("now+1h", "now+2h", now=NOW, ended=True) == Range(problem=address.BEYOND_DATA)


def test_a_parameter_that_is_nearly_one_is_named_and_what_is_of_others_is_not() -> None:
    known = ("service", "span", "from")
    sentences = list(address.misspelt(["sevice", "Spans", "utm_source", "code", "x" * 10_000, "span"], known))
    assert sentences == [
        "nothing reads 'sevice' in the address; did you mean service?",
        "nothing reads 'Spans' in the address; did you mean span?",
    ]


def test_a_moment_that_is_none_is_named() -> None:
    assert address.unread({"from": None, "to": ""}) is None
    assert address.unread({"from": "now-90d", "to": "1759917600"}) is None, "however long"
    assert address.unread({"from": "now", "to": "x"}) == f"the address says to='x', which is no time: {HOW}"


def test_a_moment_is_written_in_utc_and_read_back() -> None:
    assert address.written(NOW) == "2025-10-09T08:53Z"
    assert address.moment(address.written(NOW), now=0.0).at == NOW // 60 * 60


@pytest.mark.parametrize(
    ("wanted", "alike"),
    [
        ("chekout", ("checkout",)),
        ("CHECKOUT", ("checkout",)),
        ("pay", ("payments",)),
        ("recomm", ("recommendations",)),
        ("zzzzzz", ()),
        ("", ()),
        ("c" * 10_000_000, ()),
    ],
)
def test_the_nearest_names_are_offered(wanted: str, alike: tuple[str, ...]) -> None:
    assert address.nearest(wanted, ("payments", "checkout", "recommendations")) == alike


def test_what_is_called_so_or_was_not_asked_for_is_no_problem() -> None:
    assert address.unknown("service", "shop", {"shop"}) is None
    assert address.unknown("service", "", {"shop"}) is None
    assert address.unknown("service", "shp", {"shop"}) == "no service is called 'shp'; did you mean shop?"
    assert address.unknown("service", "zzz", {"shop"}) == "no service is called 'zzz'"
