"""A parser gives back a value the product can use, or says in one sentence what it expects: whatever stands there."""

import tomllib
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dashboard.toml import file_parsers, parsers

BEFORE, AFTER = datetime(1, 1, 1), datetime(9999, 12, 31)
VALUES = st.one_of(
    st.text(max_size=20),
    st.text("0123456789.%smhdwe+-: ", max_size=12),
    st.integers(),
    st.sampled_from([10**400, -(10**400), 2**63, float("inf"), float("-inf"), float("nan"), 1e308, 5e-324]),
    st.sampled_from(
        [True, False, BEFORE, AFTER, datetime.now(UTC), date(2026, 1, 1), time(2), [], {}, [[]], {"a": {}}]
    ),
    st.lists(st.text(max_size=5) | st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=5), st.text(max_size=5) | st.integers(), max_size=3),
    st.floats(),
)
ALONE: list[Callable[[Any], Any]] = [
    parsers.text, parsers.whole, parsers.count, parsers.flag, parsers.port, parsers.duration, parsers.refresh,
    parsers.zone, parsers.url, parsers.hosts, parsers.pattern, parsers.texts, parsers.token, parsers.table,
    parsers.labels, parsers.headers, parsers.share, parsers.number, parsers.local_time, parsers.time_format,
    parsers.one_of(("page", "ticket")), parsers.encoding,
]  # fmt: skip
OF_PATHS = [
    file_parsers.paths, file_parsers.data_paths, file_parsers.certificate_file, file_parsers.secret_file,
    file_parsers.token_file,
]  # fmt: skip


def outcome(parser: Callable[..., Any], *values: Any) -> tuple[Any, str]:
    """What a parser gives back, or the sentence it refuses with."""
    try:
        return parser(*values), ""
    except ValueError as error:
        return None, str(error) or "nothing is said"


@given(st.sampled_from(ALONE), VALUES)
def test_what_is_no_value_is_refused_in_one_line(parser: Callable[[Any], Any], value: Any) -> None:
    parsed, refusal = outcome(parser, value)
    assert len(refusal.splitlines()) <= 1
    assert len(refusal) < 200
    assert not isinstance(parsed, float) or 0 < parsed < float("inf")


@given(st.sampled_from(OF_PATHS), VALUES)
@example(file_parsers.secret_file, "two\nlines")
def test_paths_are_refused_in_one_line_too(parser: Callable[[Any, Path], Any], value: Any) -> None:
    parsed, refusal = outcome(parser, value, Path("/nowhere"))
    assert len(refusal.splitlines()) <= 1
    assert parsed is None or all(path.startswith("/") for path in parsed)


@pytest.mark.parametrize(
    ("parser", "text", "expected"),
    [
        (parsers.duration, '"1h30m"', 5400.0),
        (parsers.share, '" 2.5 % "', 0.025),
        (parsers.share, "1", 1.0),
        (parsers.number, "5", 5.0),
        (parsers.local_time, "2026-11-01 02:00:00", datetime(2026, 11, 1, 2)),
        (parsers.local_time, '"2026-11-01"', datetime(2026, 11, 1)),
        (parsers.url, '"https://user:secret@[::1]:9090/prefix"', "https://user:secret@[::1]:9090/prefix"),
        (parsers.headers, '{ X-Scope-OrgID = "a|b", "x.y" = "" }', {"X-Scope-OrgID": "a|b", "x.y": ""}),
        (parsers.labels, '{ a_B1 = "é" }', {"a_B1": "é"}),
    ],
)
def test_what_people_write_is_read(parser: Callable[[Any], Any], text: str, expected: object) -> None:
    assert parser(tomllib.loads(f"value = {text}")["value"]) == expected


@pytest.mark.parametrize("address", ["http://user:s3cret@", "ftp://user:s3cret@host", "s3cret", "http://s3cret:x"])
def test_what_may_hold_a_secret_is_never_repeated(address: str) -> None:
    for parser in (parsers.url, parsers.token):
        with pytest.raises(ValueError, match="expected") as caught:
            parser(address if parser is parsers.url else f"{address}\n")
        assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("name", ["https://golden.example.org", "golden.example.org:8501", "a b", "a..b", "a/b"])
def test_a_host_is_a_name_without_scheme_and_port(name: str) -> None:
    with pytest.raises(ValueError, match="is no host name: write it without scheme and port"):
        parsers.hosts([name])
    assert parsers.hosts(["golden.example.org", "*.example.org", "gs"]) == ("golden.example.org", "*.example.org", "gs")


@pytest.mark.parametrize("value", ["%d.%m.%Y %H:%M:%S", "%Y-%m-%dT%H:%M:%S%z", "%x %X", "s", "ns"])
def test_a_time_format_is_one_of_strptime_or_the_unit_of_an_epoch(value: str) -> None:
    assert parsers.time_format(value) == value


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("%H:%M:%S", "expected a time with year and day"), ("%d %b %H:%M", "expected a time with year and day"),
        ("minutes", "expected a time with year and day"), (5, "expected text"), ("%d.%m.%Y %Q", "is no time format"),
        ("%d.%d.%m.%Y", "is no time format"), ("%d.%m.%Y %", "is no time format"),
    ],
)  # fmt: skip
def test_a_time_format_that_makes_no_moment_is_refused(value: object, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        parsers.time_format(value)


@pytest.mark.parametrize(
    ("value", "hint"),
    [("jmeterr", "; did you mean jmeter?"), ("Plain", "; did you mean plain?"), ("soap", ""), (5, ""), (None, "")],
)
def test_a_word_that_is_not_known_is_told_with_the_nearest(value: object, hint: str) -> None:
    with pytest.raises(ValueError, match="expected one of") as caught:
        parsers.one_of(("jmeter", "plain"))(value)
    assert str(caught.value) == f"expected one of jmeter, plain{hint}"


def test_an_encoding_is_one_of_texts() -> None:
    assert parsers.encoding("Latin-1") == "iso8859-1"
    for value in ("base64", "utf-99", "a\0b", 5):
        with pytest.raises(ValueError, match=r"expected (an encoding|text)"):
            parsers.encoding(value)
