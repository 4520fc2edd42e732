"""A watch of the gate in words: each look, and the end."""

from collections.abc import Iterator

from dashboard.comparison.comparison import Comparison
from dashboard.gate.limits import Checked, Kind, Limit
from dashboard.gate.standing import Verdict
from dashboard.gate.watch import Breach, Look
from dashboard.ui.text import comparison_text, moments, policy_text, units
from dashboard.ui.text.status_text import COMPARED

BREACHES = {
    None: "nothing was breached",
    Breach.POLICY: "the error-budget policy holds it up",
    Breach.LIMIT: "a limit is exceeded",
    Breach.WORSE: "it is worse than what it is compared with",
}


def at(look: Look, zone: str) -> str:
    """The time of a look, as hours, minutes and seconds; `zone`: IANA name."""
    return moments.clock(look.at, zone)


def progress(look: Look) -> str:
    """A look in one line without its time, so that the line stays the same while nothing changes."""
    parts = [policy_text.VERDICTS[look.verdict].word, *_because(look)]
    return units.plain("; ".join(parts))


def _because(look: Look) -> Iterator[str]:
    if look.problem:
        yield look.problem
    if look.breach is not None:
        yield BREACHES[look.breach]
    for service, every in look.limits.items():
        yield from (f"{service}: {limit(checked)}" for checked in every if checked.is_exceeded is not False)
    for service, comparison in look.comparisons.items():
        yield f"{service}: {compared(comparison)}"


def compared(comparison: Comparison | None) -> str:
    """A comparison in a sentence without its full stop."""
    if comparison is None:
        return "nothing can be compared yet"
    sentence = comparison_text.headline(comparison).rstrip(".")
    return sentence[:1].lower() + sentence[1:]


def limit(checked: Checked) -> str:
    """A limit with its value: error_ratio<=0.02 is exceeded: 3.1 %."""
    if checked.is_exceeded is None:
        return f"{checked.limit.text} is unknown: it was not measured for a whole minute"
    said = "is exceeded" if checked.is_exceeded else "is met"
    return f"{checked.limit.text} {said}: {_value(checked.limit, checked.value)}"


def _value(limit: Limit, value: float | None) -> str:
    match limit.kind:
        case Kind.ERRORS | Kind.SATURATION:
            return units.percent(value)
        case Kind.LATENCY:
            return f"{units.percent(value)} of the requests took longer"
        case Kind.TRAFFIC:
            return units.rate(value)


def headline(look: Look, began: float, zone: str) -> str:
    """The answer in one sentence.

    Args:
        look: the last one. `began`: epoch seconds of the start of the watch. `zone`: IANA name.
    """
    word = policy_text.VERDICTS[look.verdict].word
    watched = f"watched for {units.duration(look.at - began)}"
    if look.verdict is Verdict.UNKNOWN:
        because = look.problem or "nobody can tell whether all is well"
    else:
        because = BREACHES[look.breach]
    return units.sentence(f"{word}: {because}, {watched} until {at(look, zone)}")


def table(look: Look, began: float, number: int, zone: str) -> str:
    """The end of a watch for a terminal: the sentence, then policy, limits and comparisons.

    Args:
        look: the last one. `began`: epoch seconds of the start of the watch. `number`: of looks. `zone`: IANA name.
    """
    lines = [f"{policy_text.VERDICTS[look.verdict].mark} {headline(look, began, zone)}", f"Looks: {number:,}."]
    if look.decision is not None and (deciding := look.decision.deciding) is not None:
        lines.append(f"Policy: {deciding.report.slo.name}: {policy_text.why(deciding, zone)}.")
    for service, every in look.limits.items():
        lines += [f"Limit: {service}: {limit(checked)}." for checked in every]
    for service, comparison in look.comparisons.items():
        lines.append(f"Compared: {service}: {compared(comparison)}.")
        lines += [
            f"  {COMPARED[signal.verdict].mark} {comparison_text.name(signal)}: "
            f"{', '.join(comparison_text.values(signal))}"
            for signal in (() if comparison is None else comparison.signals)
            if signal.decides
        ]
    return units.plain("\n".join(lines)) + "\n"
