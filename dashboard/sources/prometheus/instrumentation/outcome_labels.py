"""The outcomes in a label's values, by the shared vocabulary, and patterns that select them."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from dashboard.outcomes import Dialect, UnknownWords, Vocabulary, dialect_of, is_small_number
from dashboard.outcomes import Outcome as Meaning
from dashboard.sources.prometheus.instrumentation.selectors import any_of
from dashboard.sources.prometheus.presets.preset import Outcome

FAILED = frozenset({Meaning.FAILED})
CLIENT = frozenset({Meaning.CLIENT})
PASSED = frozenset({Meaning.GOOD, Meaning.CLIENT})
# Codes and classes that were never seen yet, such as the first 503, must match, too.
CODES = {FAILED: "5..", CLIENT: "4..", PASSED: "[1-4].."}
_GRPC_CLIENT = (
    "(?i:invalid_?argument|not_?found|already_?exists|permission_?denied|unauthenticated"
    "|failed_?precondition|out_?of_?range|aborted|cancell?ed)"
    "|1|3|5|6|7|9|10|11|16"
)
GRPC = {
    FAILED: (
        "(?i:unknown|deadline_?exceeded|resource_?exhausted|unimplemented|internal|unavailable|data_?loss)"
        "|2|4|8|12|13|14|15"
    ),
    CLIENT: _GRPC_CLIENT,
    PASSED: f"(?i:ok)|0|{_GRPC_CLIENT}",
}
# OpenTelemetry's `error.type` is there where something failed, and nowhere else; it may name the status, too.
ERROR_TYPE = {FAILED: ".+", CLIENT: "", PASSED: f"|{CODES[PASSED]}"}
# What programs end with, OpenTelemetry's codes of spans, or classes of HTTP.
AMBIGUOUS = frozenset({"0", "1", "2"})


def meaning_of(values: Sequence[str], outcomes: Sequence[Outcome], vocabulary: Vocabulary) -> Meaning:
    """What became of the requests that a series counts.

    The first label that the series has decides, and those that are looked at beside it; a label that calls a request
    failed or refused settles it. Without any of them nothing is known.

    Args:
        values: of the labels of `outcomes`, in their order; empty if the series lacks one.
        outcomes: the labels.
        vocabulary: the words for outcomes.
    """
    meanings: list[Meaning] = []
    for value, outcome in zip(values, outcomes, strict=True):
        if value and (not meanings or outcome.beside):
            meanings.append(_meaning(value, outcome, vocabulary))
    settled = next((meaning for meaning in meanings if meaning in (Meaning.FAILED, Meaning.CLIENT)), None)
    if settled is not None:
        return settled
    return Meaning.UNKNOWN if Meaning.UNKNOWN in meanings or not meanings else Meaning.GOOD


def tells(label: str, words: Collection[str], vocabulary: Vocabulary, *, every: bool = False) -> bool:
    """The values of a label are outcomes: at least half of them, and one that is not the caller's doing.

    Small numbers with a 0 among them are codes of gRPC, of programs or of OpenTelemetry, and so may be 1 and 2: only a
    label that says whose they are tells anything by them.

    Args:
        label: its name. `words`: its values. `vocabulary`: the words for outcomes.
        every: each of its values has to be one, as the label often tells something else.
    """
    if are_of_any_kind(label, words, vocabulary):
        return False
    dialect = dialect_of(label)
    meanings = [vocabulary.outcome(word, dialect) for word in words if word]
    known = [meaning for meaning in meanings if meaning is not Meaning.UNKNOWN]
    enough = len(known) == len(meanings) if every else 2 * len(known) >= len(meanings)
    return enough and any(meaning is not Meaning.CLIENT for meaning in known)


def are_of_any_kind(label: str, words: Collection[str], vocabulary: Vocabulary) -> bool:
    """They are small numbers of which nothing tells what they are: codes of gRPC or programs, or classes of HTTP."""
    if dialect_of(label) is not Dialect.ANY or any(map(vocabulary.stated, words)):
        return False
    return all(map(is_small_number, words)) and ("0" in words or set(words) <= AMBIGUOUS)


def with_doubts(outcome: Outcome, words: Collection[str], vocabulary: Vocabulary) -> Outcome:
    """The outcome, where numbers tell nothing by the words of its label: to gRPC 0 is good, to HTTP no answer at all.

    Args:
        outcome: of a preset. `words`: the values of its label on a service. `vocabulary`: the words for outcomes.
    """
    doubtful = outcome.failed is None and "0" in words and are_of_any_kind(outcome.label, words, vocabulary)
    return replace(outcome, tells_numbers=False) if doubtful else outcome


def patterns(outcome: Outcome, values: Iterable[str], vocabulary: Vocabulary) -> Outcome:
    """The outcome with the patterns of its failures, as far as its preset does not say them.

    Args:
        outcome: of a preset. `values`: of its label on this server.
        vocabulary: with what the configuration adds.
    """
    if outcome.failed is not None:
        return replace(outcome, refused=outcome.refused or "")
    failed, refused, passed = (
        _pattern(meanings, sorted(values), dialect_of(outcome.label), vocabulary)
        for meanings in (FAILED, CLIENT, PASSED)
    )
    return replace(outcome, failed=failed, refused=refused, passed=passed)


def unknown_words(outcome: Outcome, values: Iterable[str], vocabulary: Vocabulary) -> UnknownWords | None:
    """The values of a label that say neither success nor failure; None without any.

    Args:
        outcome: the label.
        values: those that the server has.
        vocabulary: the words for outcomes.
    """
    words = tuple(value for value in sorted(values) if _meaning(value, outcome, vocabulary) is Meaning.UNKNOWN)
    return UnknownWords(outcome.label, words) if words else None


def _meaning(value: str, outcome: Outcome, vocabulary: Vocabulary) -> Meaning:
    if outcome.failed is None:
        if not outcome.tells_numbers and is_small_number(value):
            return Meaning.UNKNOWN
        return vocabulary.outcome(value, dialect_of(outcome.label))
    if re.fullmatch(outcome.failed, value):
        return Meaning.FAILED
    return Meaning.CLIENT if outcome.refused and re.fullmatch(outcome.refused, value) else Meaning.GOOD


def _pattern(meanings: frozenset[Meaning], values: Collection[str], dialect: Dialect, vocabulary: Vocabulary) -> str:
    """A regular expression, anchored at both ends: what is usual, and what was seen beside it."""
    if dialect is Dialect.ERROR_TYPE:
        return ERROR_TYPE[meanings]
    usual = (GRPC if dialect is Dialect.GRPC else CODES)[meanings]
    said = {value: vocabulary.outcome(value, dialect) for value in values}
    # The configuration may say that a code is no failure: then only what was seen can be listed.
    if any(re.fullmatch(usual, value) and meaning not in meanings for value, meaning in said.items()):
        usual = ""
    seen = [value for value, meaning in said.items() if meaning in meanings]
    extra = [value for value in seen if not (usual and re.fullmatch(usual, value))]
    return "|".join(filter(None, [usual, any_of(extra)]))
