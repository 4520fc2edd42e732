"""Words for outcomes: what people write is known, and what nobody knows is neither good nor failed."""

import re
import tomllib

import pytest

from dashboard.outcomes import Dialect, Outcome, UnknownWords, Vocabulary, dialect_of

WORDS = Vocabulary()
GOOD, CLIENT, FAILED, UNKNOWN = Outcome.GOOD, Outcome.CLIENT, Outcome.FAILED, Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("value", "outcome"),
    [
        ("200", GOOD), ("204.0", GOOD), ("101", GOOD), ("302", GOOD), ("404", CLIENT), ("499", CLIENT), ("500", FAILED),
        ("599", FAILED), ("2xx", GOOD), ("5XX", FAILED), ("4Xx", CLIENT), ("HTTP 500", FAILED), ("http 404", CLIENT),
        ("HTTP/1.1 200 OK", GOOD), ("503 Service Unavailable", FAILED), ("0", FAILED), (" 200 ", GOOD),
        ("600", UNKNOWN), ("99", UNKNOWN), ("20", UNKNOWN), ("2000", UNKNOWN), ("7", UNKNOWN), ("-1", UNKNOWN),
    ],
)  # fmt: skip
def test_http_codes_classes_and_status_lines(value: str, outcome: Outcome) -> None:
    assert WORDS.outcome(value) is outcome


@pytest.mark.parametrize(
    "spelling", ["UNAVAILABLE", "Unavailable", "unavailable", "grpc.Unavailable", "StatusCode.UNAVAILABLE"]
)
def test_grpc_names_in_any_spelling(spelling: str) -> None:
    assert WORDS.outcome(spelling, Dialect.GRPC) is FAILED


@pytest.mark.parametrize(
    ("value", "outcome"),
    [
        ("OK", GOOD), ("0", GOOD), ("14", FAILED), ("2", FAILED), ("UNKNOWN", FAILED), ("5", CLIENT), ("1", CLIENT),
        ("Canceled", CLIENT), ("CANCELLED", CLIENT), ("DEADLINE_EXCEEDED", FAILED), ("DeadlineExceeded", FAILED),
        ("16", CLIENT), ("17", UNKNOWN), ("NOT_FOUND", CLIENT), ("Aborted", CLIENT), ("200", GOOD), ("weird", UNKNOWN),
    ],
)  # fmt: skip
def test_grpc_by_name_and_by_number(value: str, outcome: Outcome) -> None:
    assert WORDS.outcome(value, Dialect.GRPC) is outcome


@pytest.mark.parametrize(
    ("value", "outcome"),
    [
        ("KO", FAILED), ("ok", GOOD), ("OK", GOOD), ("timeout", FAILED), ("STATUS_CODE_ERROR", FAILED),
        ("STATUS_CODE_UNSET", GOOD), ("STATUS_CODE_OK", GOOD), ("SUCCESS", GOOD), ("SERVER_ERROR", FAILED),
        ("CLIENT_ERROR", CLIENT), ("REDIRECTION", GOOD), ("failure", FAILED), ("not found", CLIENT),
        ("Internal Server Error", FAILED), ("true", GOOD), ("false", FAILED), ("task-failed", FAILED),
        ("task-succeeded", GOOD), ("deadline exceeded", FAILED),
        ("UNKNOWN", UNKNOWN), ("n/a", UNKNOWN), ("", UNKNOWN), ("violet", UNKNOWN), ("okish", UNKNOWN),
    ],
)  # fmt: skip
def test_words_of_success_and_failure(value: str, outcome: Outcome) -> None:
    assert WORDS.outcome(value) is outcome


def test_an_error_type_is_empty_where_nothing_failed() -> None:
    said = {
        value: WORDS.outcome(value, Dialect.ERROR_TYPE) for value in ("", "500", "404", "_OTHER", "java.io.IOException")
    }
    assert said == {"": GOOD, "500": FAILED, "404": CLIENT, "_OTHER": FAILED, "java.io.IOException": FAILED}


@pytest.mark.parametrize(("value", "good"), [("1", True), ("0", False), ("true", True), ("No", False), ("t", True)])
def test_flags_answer_the_question_of_their_name(value: str, good: bool) -> None:
    assert (WORDS.outcome(value, Dialect.BOOLEAN) is GOOD) == good
    assert (WORDS.outcome(value, Dialect.FAILURE_FLAG) is FAILED) == good


def test_what_the_configuration_adds_decides_first() -> None:
    extended = Vocabulary(good=re.compile("violet|404"), failed=re.compile("red|200"))
    said = {value: extended.outcome(value) for value in ("violet", "404", "red", "200", "201", "reddish")}
    assert said == {"violet": GOOD, "404": GOOD, "red": FAILED, "200": FAILED, "201": GOOD, "reddish": UNKNOWN}


@pytest.mark.parametrize(
    ("label", "dialect"),
    [
        ("grpc_code", Dialect.GRPC), ("rpc_grpc_status_code", Dialect.GRPC), ("grpc_response_status", Dialect.GRPC),
        ("error_type", Dialect.ERROR_TYPE), ("error.type", Dialect.ERROR_TYPE), ("ok", Dialect.BOOLEAN),
        ("success", Dialect.BOOLEAN), ("failed", Dialect.FAILURE_FLAG), ("code", Dialect.ANY), ("status", Dialect.ANY),
    ],
)  # fmt: skip
def test_the_name_of_a_label_tells_its_dialect(label: str, dialect: Dialect) -> None:
    assert dialect_of(label) is dialect


@pytest.mark.parametrize(
    ("label", "values", "value", "outcome"),
    [
        ("return_code", {"0", "143"}, "143", FAILED), ("returnCode", {"200", "500"}, "200", GOOD),
        ("return_code", {"200", "404"}, "404", CLIENT), ("return_code", {"0", "200"}, "200", FAILED),
        ("return_code", {"143"}, "143", FAILED), ("exit_code", {"200"}, "200", FAILED),
        ("code", {"250", "421", "550"}, "421", UNKNOWN), ("code", {"226", "425"}, "226", GOOD),
        ("code", {"250", "550"}, "550", FAILED), ("code", {"200", "421"}, "421", CLIENT),
    ],
)  # fmt: skip
def test_values_tell_the_dialect_where_the_name_says_too_little(
    label: str, values: set[str], value: str, outcome: Outcome
) -> None:
    assert WORDS.outcome(value, dialect_of(label, values)) is outcome


def test_what_is_proposed_for_small_numbers_can_be_written_where_they_were_found() -> None:
    assert "columns = " in UnknownWords("code", ("0", "5"), is_column=True).note
    note = UnknownWords("code", ("0", "5")).note
    assert "columns" not in note
    good, failed = (text.split('"')[0] for text in note.rpartition(' good = "')[2].split('failed = "'))
    vocabulary = Vocabulary.of(good=good, failed=failed)
    said = {number: vocabulary.outcome(str(number)) is FAILED for number in range(17)}
    assert said == {number: WORDS.outcome(str(number), Dialect.GRPC) is FAILED for number in range(17)}


def test_what_is_proposed_for_unknown_words_can_be_copied_and_tells_them() -> None:
    words = ("a.b", 'quo"te', "new\nline", "back\\slash", "(x|y)*", "ünï→😀", "[1]", "$1^{2}?+", "it's", "# no")
    note = UnknownWords("status", (*words, "one more")).note
    assert "\n" not in note
    assert "'# no' … failed" in note
    line = note.partition("write ")[2].partition(" or good = ")[0]
    vocabulary = Vocabulary.of(failed=tomllib.loads(line)["failed"])
    assert {vocabulary.outcome(word) for word in words} == {Outcome.FAILED}
    assert vocabulary.outcome("axb") is Outcome.UNKNOWN
