"""Patterns of failures follow from what a server has, by the one vocabulary; what nobody knows is named."""

import re

import pytest

from dashboard.outcomes import Dialect, UnknownWords, Vocabulary
from dashboard.outcomes import Outcome as Meaning
from dashboard.sources.prometheus.instrumentation.outcome_labels import meaning_of, patterns, unknown_words
from dashboard.sources.prometheus.presets.preset import Outcome

WORDS = Vocabulary()


@pytest.mark.parametrize(
    ("label", "values", "failed", "refused"),
    [
        ("code", {"200", "404", "500"}, "5..", "4.."),
        ("status", {"2xx", "5XX"}, "5..", "4.."),
        ("response_code", {"200", "0"}, "5..|0", "4.."),
        ("status", {"OK", "KO", "SERVER_ERROR", "denied"}, "5..|KO|SERVER_ERROR", "4..|denied"),
        ("status", {"ok", "a+b failed"}, "5..", "4.."),
        ("error_type", {"java.io.IOException"}, ".+", ""),
    ],
    ids=["codes", "classes", "no answer", "words", "half words", "error types"],
)
def test_what_was_seen_is_added_to_what_is_usual(label: str, values: set[str], failed: str, refused: str) -> None:
    said = patterns(Outcome(label), values, WORDS)
    assert (said.failed, said.refused) == (failed, refused)


@pytest.mark.parametrize("code", ["UNAVAILABLE", "Unavailable", "DeadlineExceeded", "DATA_LOSS", "14", "2"])
def test_grpc_failures_match_in_any_spelling(code: str) -> None:
    said = patterns(Outcome("grpc_code"), {"OK", code}, WORDS)
    assert re.fullmatch(said.failed or "", code)
    assert not re.fullmatch(said.refused or "", code)
    assert not re.fullmatch(said.failed or "", "OK")


@pytest.mark.parametrize("number", range(17))
def test_every_grpc_number_matches_before_it_was_ever_seen(number: int) -> None:
    said = patterns(Outcome("grpc_response_status"), {"0"}, WORDS)
    meaning = WORDS.outcome(str(number), Dialect.GRPC)
    assert bool(re.fullmatch(said.failed or "", str(number))) is (meaning is Meaning.FAILED)
    assert bool(re.fullmatch(said.refused or "", str(number))) is (meaning is Meaning.CLIENT)


def test_a_preset_that_says_what_fails_is_left_as_it_is() -> None:
    said = patterns(Outcome("classification", "failure", ""), {"failure", "success", "violet"}, WORDS)
    assert (said.failed, said.refused) == ("failure", "")
    assert unknown_words(Outcome("classification", "failure", ""), {"violet"}, WORDS) is None


def test_words_that_nobody_knows_are_named_with_what_to_write() -> None:
    unknown = unknown_words(Outcome("status"), {"200", "violet", "green", "red", "blue"}, WORDS)
    assert unknown == UnknownWords("status", ("blue", "green", "red", "violet"))
    assert unknown.note == (
        "whether requests with status 'blue', 'green', 'red', 'violet' failed is unknown: "
        'write failed = "blue|green|red|violet" or good = "blue|green|red|violet" under [source]'
    )


def test_what_the_configuration_says_goes_before_codes() -> None:
    own = Vocabulary(good=re.compile("violet|500"), failed=re.compile("red"))
    assert unknown_words(Outcome("status"), {"violet", "red", "500"}, own) is None
    assert patterns(Outcome("status"), {"violet", "red", "500", "503"}, own).failed == "503|red"


@pytest.mark.parametrize(
    ("label", "values", "passed", "failed"),
    [
        ("code", {"500"}, {"200", "204", "301", "404", "2xx"}, {"500", "503", "0", "KO", "violet", ""}),
        ("status", {"OK", "KO"}, {"OK", "200"}, {"KO", "500", "violet"}),
        ("grpc_code", {"Internal"}, {"OK", "ok", "0", "NOT_FOUND", "5"}, {"Internal", "UNAVAILABLE", "14", "Violet"}),
        ("error_type", {"timeout"}, {""}, {"timeout", "500"}),
    ],
    ids=["codes", "words", "gRPC", "error types"],
)
def test_only_what_is_known_not_to_have_failed_passed(
    label: str, values: set[str], passed: set[str], failed: set[str]
) -> None:
    pattern = patterns(Outcome(label), values, WORDS).passed
    assert pattern is not None
    assert {value for value in passed | failed if re.fullmatch(pattern, value)} == passed


ISTIO = (Outcome("response_code"), Outcome("grpc_response_status", beside=True))
FIRST_OF = (Outcome("code"), Outcome("status"), Outcome("status_code"))


@pytest.mark.parametrize(
    ("values", "outcomes", "meaning"),
    [
        (("200", "14"), ISTIO, Meaning.FAILED),
        (("200", ""), ISTIO, Meaning.GOOD),
        (("200", "5"), ISTIO, Meaning.CLIENT),
        (("0", "0"), ISTIO, Meaning.FAILED),
        (("404", "2"), ISTIO, Meaning.CLIENT),
        (("", "14"), ISTIO, Meaning.FAILED),
        (("", ""), ISTIO, Meaning.UNKNOWN),
        (("200", "violet"), ISTIO, Meaning.UNKNOWN),
        (("violet", "14"), ISTIO, Meaning.FAILED),
        (("", "500", ""), FIRST_OF, Meaning.FAILED),
        (("200", "500", ""), FIRST_OF, Meaning.GOOD),
        (("", "", ""), FIRST_OF, Meaning.UNKNOWN),
        (("violet",), (Outcome("classification", "failure", ""),), Meaning.GOOD),
        (("5xx",), (Outcome("code", "5xx", "4xx"),), Meaning.FAILED),
    ],
)
def test_the_first_label_decides_with_those_beside_it(
    values: tuple[str, ...], outcomes: tuple[Outcome, ...], meaning: Meaning
) -> None:
    assert meaning_of(values, outcomes, WORDS) is meaning
