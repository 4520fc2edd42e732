"""Numbers as text: no-break spaces before units, − as U+2212, an en dash for missing values, never 0."""

from collections.abc import Callable
from math import isfinite

# For unknown values, which are never shown as 0.
MISSING = "–"
NBSP = "\u00a0"
# Maximum number of decimals.
DIGITS_MAX = 9


def _known(write: Callable[[float], str]) -> Callable[[float | None], str]:
    def words(value: float | None) -> str:
        if value is None or not isfinite(value):
            return MISSING
        return write(value).replace("-", "−")

    words.__doc__ = write.__doc__
    return words


@_known
def percent(ratio: float) -> str:
    """A share: whole percents, below ten with one decimal, below one with two."""
    value = ratio * 100
    # Thresholds lie half a unit below, so that 9.96 is written as 10 and not as 10.0.
    digits = 0 if abs(value) >= 9.95 or value == 0 else 1 if abs(value) >= 0.995 else 2
    text = f"{value:.{digits}f}" if abs(value) < 9_999.5 else f"{value:,.0f}"
    # 99.97 % is not all: numbers that round to 100 keep enough digits to show it.
    if text == "100" and value < 100:
        text = f"{min(value, 99.99):.2f}"
    return f"{text}{NBSP}%"


def brief_percent(ratio: float | None) -> str:
    """A share as `percent`; from ten thousand percent on with three digits, for narrow columns: 96.9k %."""
    if ratio is None or not isfinite(ratio) or abs(ratio) < 99.995:
        return percent(ratio)
    return f"{short(ratio * 100)}{NBSP}%"


def share(ratio: float | None) -> str:
    """A part of a whole, such as of all failures: as `percent`, but 99 % for anything just below the whole."""
    return percent(0.99 if ratio is not None and 0.99 <= ratio < 1 else ratio)


@_known
def latency(seconds: float) -> str:
    """A latency: ms below a second, else s."""
    if seconds < 0.9995:
        ms = seconds * 1000
        if ms == 0:
            return f"0{NBSP}ms"
        return f"{ms:.0f}{NBSP}ms" if ms >= 9.95 else f"{ms:.1f}{NBSP}ms"
    return f"{seconds:.2f}{NBSP}s" if seconds < 9.995 else f"{seconds:.0f}{NBSP}s"


@_known
def rate(per_second: float) -> str:
    """Requests per second."""
    return f"{short(per_second)}/s"


@_known
def short(value: float) -> str:
    """A count with at most three digits: 555k, 1.25k, 127, 6.2."""
    for factor, suffix in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= factor * 0.9995:
            return f"{_three(value / factor)}{suffix}"
    return _three(value)


def _three(value: float) -> str:
    amount = abs(value)
    digits = 0 if amount >= 99.5 or value == 0 else 1 if amount >= 9.95 else 2
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text and amount < 9.95 else text


@_known
def size(amount: float) -> str:
    """An amount of data in bytes: 0 B, 1.25 kB, 3.4 MB."""
    text = short(amount)
    suffix = text[-1] if text[-1].isalpha() else ""
    return f"{text.removesuffix(suffix)}{NBSP}{suffix}B"


@_known
def count(value: float) -> str:
    """A whole count with separators."""
    return f"{value:,.0f}"


@_known
def burn(value: float) -> str:
    """A burn rate; two decimals near 1, where one decimal would hide on which side it is."""
    # 1.03× and 0.97× lie on different sides of the allowed rate.
    return f"{value:.2f}×" if 0.95 <= value < 1.05 else f"{value:.1f}×"


@_known
def duration(seconds: float) -> str:
    """A duration in two units; from three days on in days only: 6 days, about 7 days."""
    return _about(seconds) + _amount(seconds)


def signed_duration(seconds: float | None) -> str:
    """A duration that may be negative, such as overspent time."""
    if seconds is None or not isfinite(seconds) or seconds >= 0:
        return duration(seconds)
    return f"{_about(-seconds)}−{_amount(-seconds)}"


def _about(seconds: float) -> str:
    """The word before a duration that is rounded to days."""
    days = seconds / 86400
    # 6.5 days are not 7; but a quarter of an hour more or less does not matter.
    return f"about{NBSP}" if days >= 3 and abs(days - round(days)) > 0.01 else ""


def _amount(seconds: float) -> str:
    if seconds >= 3 * 86400:
        return f"{seconds / 86400:.0f}{NBSP}days"
    for unit, name, part_unit, part in ((86400, "day", 3600, "h"), (3600, "h", 60, "m"), (60, "m", 1, "s")):
        if seconds >= unit:
            rest, whole = int(seconds % unit // part_unit), int(seconds // unit)
            name += "s" if name == "day" and whole > 1 else ""
            return f"{whole}{NBSP}{name}" + (f"{NBSP}{rest}{NBSP}{part}" if rest else "")
    return f"{int(seconds)}{NBSP}s"


@_known
def objective(ratio: float) -> str:
    """An objective with the digits it was written with."""
    return f"{ratio * 100:.6g}{NBSP}%"


def sli(ratio: float | None, target: float) -> str:
    """An SLI with as many digits as its budget needs: 99.5 → 99.690, 99.99 → 99.9993; less than all is never 100 %."""
    if ratio is None or not isfinite(ratio):
        return MISSING
    digits = len(f"{target * 100:.6g}".partition(".")[2]) + 2
    written = f"{ratio * 100:.{digits}f}"
    while ratio < 1 and written.startswith("100") and digits < DIGITS_MAX:
        digits += 1
        written = f"{ratio * 100:.{digits}f}"
    return f"{written}{NBSP}%"


def plain(text: str) -> str:
    """Text with plain spaces, for JSON, terminals and tickets."""
    return text.replace(NBSP, " ")


def between(low: str, high: str, dash: str = " – ") -> str:
    """A range; one end says it all if both are written alike.

    Args:
        low, high: both ends. `dash`: between them.
    """
    return low if low == high else f"{low}{dash}{high}"


def sentence(text: str) -> str:
    """Text with a capital and one full stop."""
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def age(seconds: float | None) -> str:
    """How old the data are."""
    return "no data yet" if seconds is None else f"data {duration(seconds)} old"


@_known
def change(ratio: float) -> str:
    """A difference as a signed share: +31 %, −5 %, ±0 %."""
    text = f"{ratio:+.0%}".replace("%", f"{NBSP}%")
    return f"±{text[1:]}" if text[1] == "0" else text
