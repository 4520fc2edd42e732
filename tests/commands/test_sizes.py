"""Whatever size an input has, it is read or refused with clear lines, soon, and without filling the memory."""

import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from dashboard.cli import main
from dashboard.toml.reader import BYTES_MAX, LEVELS_MAX, VALUES_MAX

# Seconds of this process for any input.
SOON = 2.0
ROWS = [f"2026-11-20T{minute // 60:02d}:{minute % 60:02d}:00Z,shop,600,0\n" for minute in range(120)]
HEAD = "time,service,requests,errors\n"
CSV = HEAD + "".join(ROWS)
SLO = """apiVersion: openslo/v1
kind: SLO
metadata: {name: own}
spec:
  service: shop
  indicator:
    metadata: {name: sli}
    spec:
      ratioMetric:
        counter: true
        bad: {metricSource: {type: Prometheus, spec: {query: "QUERY"}}}
        total: {metricSource: {type: Prometheus, spec: {query: x_total}}}
  timeWindow: [{duration: 30d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: TARGET}]
"""
# What is large is made when it is needed.
Contents = str | bytes | Callable[[], str | bytes]
Checked = Callable[..., tuple[int, str, str]]


@pytest.fixture
def checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Checked:
    """Runs `check` on the text or the bytes of one kind of file; its exit code, output and errors."""

    def run(kind: str, written: Contents) -> tuple[int, str, str]:
        contents = written() if callable(written) else written
        path = tmp_path / f"hostile.{kind}"
        data = tmp_path / "rows.csv"
        data.write_text(CSV, encoding="utf-8")
        raw = contents if isinstance(contents, bytes) else contents.replace("PATH", str(data)).encode()
        path.write_bytes(raw)
        options = {
            "toml": ["--config", str(path)],
            "yaml": ["--csv", str(data), "--slo", str(path)],
            "csv": ["--csv", str(path)],
        }
        began = time.process_time()
        code = main(["check", *options[kind]])
        took = time.process_time() - began
        said = capsys.readouterr()
        assert took < SOON, f"{took:.1f} s"
        return code, said.out.replace(f"{tmp_path}/", ""), said.err.replace(f"{tmp_path}/", "")

    return run


SOURCE = '[source]\nkind = "csv"\npaths = ["PATH"]\n'
TOML = {
    "a key of 20,000 parts": ("a" + ".a" * 20_000 + " = 1\n", f"1: a key has more than {LEVELS_MAX} parts"),
    "a table of 20,000 parts": ("\n[a" + ".'a'" * 20_000 + "]\n", f"2: a key has more than {LEVELS_MAX} parts"),
    "20,000 lists": ("a = " + "[" * 20_000 + "]" * 20_000, " is nested too deeply"),
    "20,000 tables": ("a = " + "{a = " * 20_000 + "1" + "}" * 20_000, " is nested too deeply"),
    "a million values": (lambda: "a = [" + "1," * 1_000_000 + "]", f" has more than {VALUES_MAX:,} values"),
    "another file": (lambda: "# comment\n" * (BYTES_MAX // 10 + 1), " is longer than 4 MB"),
    "5,000 digits": ("refresh = " + "9" * 5_000, "1: a number has too many digits"),
    "400 digits": (f'{SOURCE}[[slas]]\nslo = "shop-availability"\nobjective = {"9" * 400}', "6: slas[1].objective: "),
    "a zone of 20,000 parts": (f'time_zone = "{"Europe/" * 20_000}"', "1: time_zone: "),
    "null": (b'title = "a\0b"', "1: is not valid TOML: "),
    "quotes": ('"' * 1_000_000, "1: is not valid TOML: "),
    "letters": (lambda: "a" * 3_900_000, "1: is not valid TOML: "),
}


@pytest.mark.parametrize("case", TOML)
def test_a_configuration_of_any_size_is_one_line(case: str, checked: Checked) -> None:
    contents, says = TOML[case]
    code, _, said = checked("toml", contents)
    assert (code, said.count("\n")) == (2, 1)
    assert said.startswith(f"golden-signals: hostile.toml:{says}")


def test_ten_thousand_services_are_configured(checked: Checked) -> None:
    services = "".join(f'[[services]]\nname = "s{number}"\nteam = "a"\n' for number in range(10_000))
    code, out, said = checked("toml", SOURCE + services)
    assert (code, said) == (0, "")
    (note,) = [line for line in out.splitlines() if "s0, s1, s10" in line]
    assert " and 9,990 others: " in note, "and not all of them are named"


def query(text: str) -> str:
    return SLO.replace("QUERY", text).replace("TARGET", "0.9")


YAML = {
    "4,000 brackets": (query("(" * 4000 + "x" + ")" * 4000), "1: own: a query of 8001 characters"),
    "1,900 brackets": (query("(" * 1900 + "x" + ")" * 1900), "is nested deeper than 200 levels"),
    "2,000 summands": (query("+".join(["a"] * 2000)), "is nested too deeply: write fewer functions"),
    "repeated groups": (query("x{a=~'((a{1000}){1000}){1000}'}"), "is not valid PromQL: illegal regex"),
    "400 digits": (SLO.replace("TARGET", "9" * 400), "15: spec.objectives[0].target: "),
    "aliases of aliases": ("a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{name}: &{name} [{','.join([f'*{before}'] * 10)}]\n" for before, name in pairwise("abcdefghi")
    ), "the aliases unfold to more than 2,000,000 values"),
    "100,000 brackets": ("[" * 100_000, "1: is nested deeper than 50 levels"),
    "a million values": (lambda: "a: [" + "x," * 1_000_000 + "]\n", "1: has more than 300,000 values"),
    "20,000 documents": ("---\na: b\n" * 20_000, "20002: has more than 10,000 documents"),
    "another file": (lambda: "# comment\n" * 1_700_000, " is longer than 16 MB"),
    "five million characters": (lambda: "# comment\n" * 500_000, "1: is longer than 4,000,000 characters"),
    "a zone of 20,000 parts": (
        query("x").replace("isRolling: true", f"isRolling: false, calendar: {{timeZone: '{'Europe/' * 20_000}'}}"),
        "13: spec.timeWindow[0].calendar.timeZone: "),
    "null": (b'a: "\0"\n', "1: is not text: it has the character U+0000"),
}  # fmt: skip


@pytest.mark.parametrize("case", YAML)
def test_a_file_of_slos_of_any_size_is_one_line(case: str, checked: Checked) -> None:
    contents, says = YAML[case]
    code, _, said = checked("yaml", contents)
    first, *more = said.splitlines()
    assert code == 2, said[:500]
    assert first.startswith("golden-signals: hostile.yaml:")
    assert says in first
    assert [line for line in more if "note: " not in line] == []


def row(place: int, text: str) -> str:
    return HEAD + "".join([*ROWS[:place], text + "\n", *ROWS[place + 1 :]])


# Contents → exit code, and what is said of them.
FILES = {
    "a quoted field of 200,000": (row(60, f'2026-11-20T01:00:00Z,"{"x" * 200_000}",600,0'), 0, ""),
    "a field of 200,000": (row(60, f"2026-11-20T01:00:00Z,{'x' * 200_000},600,0"), 0, ""),
    "a field of 5 MB": (lambda: row(60, f"2026-11-20T01:00:00Z,{'x' * 5_000_000},600,0"), 2, "longer than 1 MB"),
    "a number of 400 digits": (row(60, f"2026-11-20T01:00:00Z,shop,{'9' * 400},0"), 0, "must be counts"),
    "a time of 5,000 digits": (row(60, "9" * 5000 + ",shop,600,0"), 0, "cannot be read: write time_format"),
    "nulls behind the last row": (CSV.encode() + b"\0\0\0\n", 0, "1 columns instead of 4"),
    "nulls": (lambda: b"\0" * 5_000_000, 2, "holds binary data"),
    "one line": (lambda: b"x" * 5_000_000, 2, "its first line is longer than 1 MB"),
    "3,000 services": (HEAD + "".join(
        f"2026-11-20T00:0{minute}:00Z,s{number},6,0\n" for minute in range(3) for number in range(3_000)
    ), 0, "3000 services, 3000 SLOs"),
    "3,000 services in a log": ("time,service,status,duration_s,route\n" + "".join(
        f"2026-11-20T00:00:{number % 60:02d}Z,s{number % 3000},200,0.1,/{number}\n" for number in range(9_000)
    ), 0, "breakdowns reach back 24 hours"),
}  # fmt: skip


@pytest.mark.parametrize("case", FILES)
def test_a_table_of_any_size_is_read_or_refused(case: str, checked: Checked) -> None:
    contents, code, says = FILES[case]
    exit_code, out, said = checked("csv", contents)
    assert exit_code == code, said
    assert says in out + said
    assert (out + said).count("\n") < 20


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no such device")
@pytest.mark.parametrize("option", ["--config", "--slo", "--csv", "secret"])
def test_a_device_without_an_end_is_no_file(option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "golden.toml"
    path.write_text('[source]\nurl = "http://127.0.0.1:9"\nbearer_token_file = "/dev/zero"\n', encoding="utf-8")
    named = ["--config", str(path)] if option == "secret" else [option, "/dev/zero"]
    began = time.process_time()
    assert main(["check", *named]) == 2
    assert time.process_time() - began < SOON
    assert capsys.readouterr().err.count("\n") == 1
