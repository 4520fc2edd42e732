"""The lines of keys are found in whatever TOML allows: strings that look like keys, comments, dots, nested tables."""

import tomllib
from typing import Any

import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from dashboard.toml.lines import key_lines, spelled

TEXT = '''title = "a # b"   # c = 1
a.b."c.d" = 3.14
when = 2026-11-01 02:00:00
text = """x
[no]
k = 1 \\"""
"""
literal = \'\'\'
[[no]]\'\'\'\'

[source]  # [no]
headers = { X-Org = "}", "a b" = { c = [1, { d = 2 }] } }
paths = [
  "a]", # x
  # y = 1

  'b',
]
[[services]]
name = "a"
[services.links]
runbook = "x"
[[services]]
name = 'b'
[[services.parts]]
q = 1
[[services.parts]]
q = -2.0e+3
["x.y" . z]
k = inf'''
LINES = {
    "title": 1, "a": 2, "a.b": 2, 'a.b."c.d"': 2, "when": 3, "text": 4, "literal": 8,
    "source": 11, "source.headers": 12, "source.headers.X-Org": 12, 'source.headers."a b"': 12,
    'source.headers."a b".c': 12, 'source.headers."a b".c[1]': 12, 'source.headers."a b".c[2]': 12,
    'source.headers."a b".c[2].d': 12, "source.paths": 13, "source.paths[1]": 14, "source.paths[2]": 17,
    "services": 19, "services[1]": 19, "services[1].name": 20, "services[1].links": 21,
    "services[1].links.runbook": 22, "services[2]": 23, "services[2].name": 24, "services[2].parts": 25,
    "services[2].parts[1]": 25, "services[2].parts[1].q": 26, "services[2].parts[2]": 27,
    "services[2].parts[2].q": 28, '"x.y"': 29, '"x.y".z': 29, '"x.y".z.k': 30,
}  # fmt: skip


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_every_key_has_its_line(ending: str) -> None:
    tomllib.loads(TEXT)
    assert key_lines(TEXT.replace("\n", ending)) == LINES


def names(value: Any, prefix: str = "") -> set[str]:
    """Names of all that is in a parsed file."""
    spellings: set[str] = set()
    if isinstance(value, dict):
        for key, item in value.items():
            spellings |= {spelled(prefix, key)} | names(item, spelled(prefix, key))
    if isinstance(value, list):
        for number, item in enumerate(value, start=1):
            spellings |= {f"{prefix}[{number}]"} | names(item, f"{prefix}[{number}]")
    return spellings


STATEMENTS = [
    "a = 1", "b = [1,\n# [\n2]", 'c = { d = [{ e = "}" }, 5] }', 'f.g = """x\n[h]\n"""', "'f'.h = \'\'\'\n=\'\'\'",
    "# = [", "[i]",
    "[i.j]", "[[k]]", "[[k.l]]", "[k.m]", "[ k . m . n ]", '"a\\"]" = 1e5', "o = 2026-11-01 02:00:00 # o",
]  # fmt: skip


@settings(deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(st.lists(st.sampled_from(STATEMENTS), max_size=9, unique=True) | st.permutations(STATEMENTS[5:12]))
def test_what_tomllib_reads_is_all_found_and_nothing_else(statements: list[str]) -> None:
    text = "\n".join(statements)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        reject()
    lines = key_lines(text)
    assert set(lines) == names(data)
    assert all(1 <= line <= text.count("\n") + 1 for line in lines.values())


KEYS = st.text("ab.\"'é #[", max_size=3)
SCALARS = st.integers() | st.booleans() | st.text("a\"'\\#[]{}=,\n", max_size=5)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3))


def toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quoted(key)} = {toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[\n" + "".join(f"  {toml(item)}, # ]\n" for item in value) + "]"
    if isinstance(value, str):
        return quoted(value)
    return str(value).lower()


def quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


@settings(deadline=None)
@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_whatever_is_nested_keeps_its_line(data: dict[str, Any]) -> None:
    text = "".join(f"# a comment\n{quoted(key)} = {toml(value)}\n" for key, value in data.items())
    assert tomllib.loads(text) == data
    lines = key_lines(text)
    assert set(lines) == names(data)
    rows = text.split("\n")
    for key in data:
        assert rows[lines[spelled("", key)] - 1].startswith(f"{quoted(key)} = ")
