"""From the values of an outcome label to the patterns that select failures: by the one vocabulary of outcomes."""

import re
from collections.abc import Iterable, Sequence

from dashboard.outcomes import Dialect, Vocabulary, dialect_of
from dashboard.outcomes import Outcome as Meaning
from dashboard.sources.prometheus.preset import Outcome
from dashboard.sources.prometheus.selectors import any_of

# Codes and classes that were never seen yet, such as the first 503, must match, too.
CODES = {Meaning.FAILED: "5..", Meaning.CLIENT: "4.."}
GRPC = {
    Meaning.FAILED: (
        "(?i:unknown|deadline_?exceeded|resource_?exhausted|unimplemented|internal|unavailable|data_?loss)"
        "|2|4|8|12|13|14|15"
    ),
    Meaning.CLIENT: (
        "(?i:invalid_?argument|not_?found|already_?exists|permission_?denied|unauthenticated"
        "|failed_?precondition|out_?of_?range|aborted|cancell?ed)"
        "|1|3|5|6|7|9|10|11|16"
    ),
}
# How many unknown words are named.
NAMED = 3


def patterns(outcome: Outcome, values: Iterable[str], vocabulary: Vocabulary) -> Outcome:
    """The outcome with the patterns of its failures, as far as its preset does not say them.

    Args:
        outcome: of a preset. `values`: of its label on this server.
        vocabulary: with what the configuration adds.
    """
    if outcome.failed is not None:
        return Outcome(outcome.label, outcome.failed, outcome.refused or "", outcome.beside)
    failed, refused = (
        _pattern(meaning, sorted(values), dialect_of(outcome.label), vocabulary)
        for meaning in (Meaning.FAILED, Meaning.CLIENT)
    )
    return Outcome(outcome.label, failed, refused, outcome.beside)


def unknown_words(outcome: Outcome, values: Iterable[str], vocabulary: Vocabulary) -> tuple[str, ...]:
    """The values of a label that say neither success nor failure; none where the preset says what fails.

    Args:
        outcome: the label.
        values: those that the server has.
        vocabulary: the words for outcomes.
    """
    if outcome.failed is not None:
        return ()
    dialect = dialect_of(outcome.label)
    return tuple(value for value in sorted(values) if vocabulary.outcome(value, dialect) is Meaning.UNKNOWN)


def unknown_note(label: str, words: Sequence[str]) -> str:
    """What to write in the configuration about words that nobody knows."""
    shown = ", ".join(repr(word) for word in words[:NAMED]) + (" …" if len(words) > NAMED else "")
    words_pattern = any_of(words[:NAMED])
    remedy = f'write failed = "{words_pattern}" or good = "{words_pattern}" under [source]'
    return f"failed requests are not measured: {label} has the values {shown}, of unknown meaning: {remedy}"


def _pattern(meaning: Meaning, values: Sequence[str], dialect: Dialect, vocabulary: Vocabulary) -> str:
    """A regular expression, anchored at both ends: what is usual, and what was seen beside it."""
    if dialect is Dialect.ERROR_TYPE:
        return ".+" if meaning is Meaning.FAILED else ""
    usual = (GRPC if dialect is Dialect.GRPC else CODES)[meaning]
    said = {value: vocabulary.outcome(value, dialect) for value in values}
    # The configuration may say that a code is no failure: then only what was seen can be listed.
    if any(re.fullmatch(usual, value) and outcome is not meaning for value, outcome in said.items()):
        usual = ""
    seen = [value for value, outcome in said.items() if outcome is meaning]
    extra = [value for value in seen if not (usual and re.fullmatch(usual, value))]
    return "|".join(filter(None, [usual, any_of(extra)]))
