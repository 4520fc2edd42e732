"""Numbers in labels, in all spellings of servers: the bucket bound `1` may be `1`, `1.0` or `1e0`.

Prometheus wrote `le="1"` before version 3 and writes `le="1.0"` since; client libraries differ, too.
https://prometheus.io/docs/prometheus/latest/migration/#le-and-quantile-label-values
"""

import re
from decimal import Decimal

import promql_parser as ast

# Labels whose values are numbers.
NUMERIC_LABELS = frozenset({"le", "quantile"})
# Some servers write numbers outside this range with an exponent: 1e+06, 1e-05.
_PLAIN_FROM, _PLAIN_BELOW = Decimal("0.001"), Decimal(100_000)
# A list of numbers, as a regular expression.
_LIST = re.compile(r"\(?(?:\?:)?([-+\\.|0-9eEInf\[\]]+)\)?")
_ESCAPED = re.compile(r"\\([.+])|\[([.+])\]")
_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")
_LENGTH_MAX = 40


def matcher_value(matcher: ast.Matcher) -> tuple[bool, str]:
    """The value of a label matcher, and whether it is a regular expression; numbers in all spellings."""
    is_pattern = matcher.op in (ast.MatchOp.Re, ast.MatchOp.NotRe)
    if matcher.name not in NUMERIC_LABELS:
        return is_pattern, matcher.value
    texts = _numbers(matcher.value) if is_pattern else [matcher.value]
    patterns = [_spellings(text) for text in texts]
    if all(pattern is None for pattern in patterns):
        return is_pattern, matcher.value
    spelled = (_escaped(text) if pattern is None else pattern for text, pattern in zip(texts, patterns, strict=True))
    return True, "|".join(spelled)


def _numbers(pattern: str) -> list[str]:
    """The alternatives in a regular expression; empty if it is not a list of numbers."""
    listed = _LIST.fullmatch(pattern)
    texts = _ESCAPED.sub(r"\1\2", listed[1]).split("|") if listed else []
    return texts if all(_number(text) is not None or text == "+Inf" for text in texts) else []


def _number(text: str) -> Decimal | None:
    if len(text) > _LENGTH_MAX or _NUMBER.fullmatch(text) is None:
        return None
    value = Decimal(text)
    # Infinity is +Inf everywhere. No bucket has a bound beyond the maximum, whose digits would fill pages.
    return value if abs(value.adjusted()) < _LENGTH_MAX else None


def _spellings(text: str) -> str | None:
    """A regular expression for all spellings of a number; None if there is only one, or it is not a number."""
    value = _number(text)
    if value is None:
        return None
    sign, value = ("-" if value < 0 else ""), abs(value)
    plain = f"{value.normalize():f}"
    with_exponent = not _PLAIN_FROM <= value < _PLAIN_BELOW and value != 0
    if "." in plain and sign + plain == text and not with_exponent:
        return None
    return "|".join(sign + each for each in (_plain(plain), *([_scientific(value)] if with_exponent else [])))


def _plain(digits: str) -> str:
    whole, _, fraction = digits.partition(".")
    return f"{whole}[.]{fraction}0*" if fraction else f"{whole}([.]0*)?"


def _scientific(value: Decimal) -> str:
    """A number as 1.5e+06, with any equivalent sign and zeros in its exponent."""
    mantissa = f"{value.scaleb(-value.adjusted()).normalize():f}"
    sign = "-" if value.adjusted() < 0 else "[+]?"
    return f"{_plain(mantissa)}[eE]{sign}0*{abs(value.adjusted())}"


def _escaped(text: str) -> str:
    return text.replace(".", "[.]").replace("+", "[+]")
