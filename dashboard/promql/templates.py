"""Templates of Sloth and Grafana instead of a range: `[{{.window}}]`, `[${window}]`, `[$__rate_interval]`."""

import re

from dashboard.promql.literals import STRING, excerpt, quoted

DEFAULT_WINDOW = "5m"
_TOKEN = re.compile(rf"(?P<string>{STRING})|(?P<comment>#[^\n]*)|(?P<range>\[[^\[\]\"'`]*\])|(?P<stray>\{{\{{|\$)")
_TEMPLATE = re.compile(r"\{\{[^{}]*\}\}|\$\{[^{}]*\}|\$\w+")


def fill_templates(text: str, window: str = DEFAULT_WINDOW) -> str:
    """The query without comments, with a duration in place of each template.

    It is not parsed, so MetricsQL and other dialects work. Strings in backticks become quoted ones, which all dialects
    support; templates inside strings are left unchanged.

    Args:
        text: PromQL, or a dialect of it.
        window: a duration of PromQL, such as `5m`.

    Raises:
        ValueError: a template is not in the place of a range.
    """

    def filled(token: re.Match[str]) -> str:
        source = token.group()
        match token.lastgroup:
            case "string":
                return quoted(source[1:-1]) if source[0] == "`" else source
            case "comment":
                return " "
            case "range":
                return _TEMPLATE.sub(window, source)
        raise ValueError(f"a template can only stand for a range, as in x[{{{{.window}}}}]: {excerpt(text)}")

    return _TOKEN.sub(filled, text).strip()
