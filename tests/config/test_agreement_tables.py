"""Maintenance, policies and SLAs as TOML has them: each wrong key, type or range is a line with its place."""

import tomllib
from datetime import datetime
from pathlib import Path

import pytest

from dashboard.config.agreement_tables import read_agreements
from dashboard.config.agreements import Agreements, Maintenance, NamedSla, PolicyRule
from dashboard.slo.objective import Credit, Sla
from dashboard.slo.patterns import ALL
from dashboard.slo.policy import MIN_FAILURES, Policy, Row
from dashboard.toml.lines import key_lines
from dashboard.toml.place import Place
from dashboard.toml.reader import Reader
from tests.config.test_configuration import problems, saved


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "[[maintenance]]\nto = 2026-11-01T02:00:00",
            "1: maintenance[1].from: missing: when it begins, such as 2026-11-01T02:00:00",
        ),
        (
            '[[maintenance]]\nto = 2026-11-01T02:00:00\nfrom = "soon"',
            "3: maintenance[1].from: expected a local time, such as 2026-11-01T02:00:00",
        ),
        (
            "[[maintenance]]\nto = 2026-11-01T02:00:00\nfrom = 2026-11-01",
            "3: maintenance[1].from: expected a local time, such as 2026-11-01T02:00:00",
        ),
        (
            "[[maintenance]]\nto = 2026-11-01T02:00:00\nfrom = 2026-11-01T02:00:00Z",
            "3: maintenance[1].from: expected a local time without an offset: it is read in time_zone",
        ),
        (
            "[[maintenance]]\nfrom = 2026-11-01T02:00:00\nto = 9999-11-01T02:00:00",
            "3: maintenance[1].to: expected a time between the years 1970 and 2200",
        ),
        (
            "[[maintenance]]\nfrom = 2026-11-01T02:00:00\nto = 2026-11-01T01:00:00",
            "3: maintenance[1].to: lies before from: maintenance ends after it begins",
        ),
        (
            '[[maintenance]]\nfrom = 2026-11-01T02:00:00\nto = 2026-11-01T03:00:00\nevery = "90m"',
            "4: maintenance[1].every: expected whole days, such as 1d or 1w",
        ),
        ("maintenance = 5", "1: maintenance: expected [[maintenance]], one block for each"),
        ('[[policies]]\nname = "a"', "1: policies[1].rows: missing: the rules of the policy"),
        ('[[policies]]\nname = "a"\nrows = []', "3: policies[1].rows: expected a list of tables, such as [{ ... }]"),
        ('[[policies]]\nname = "a"\nrows = [5]', "3: policies[1].rows[1]: expected a table such as { key = value }"),
        (
            '[[policies]]\nname = "a"\nrows = [\n{ severity = "page", long = "1h", burn = 5 },\n'
            '{ long = "1h", severity = "warn" }]',
            "5: policies[1].rows[2].severity: expected one of page, ticket",
        ),
        (
            '[[policies]]\nname = "a"\n[[policies.rows]]\nseverity = "page"\nlong = "1h"\n[[policies.rows]]\nburn = 5\n'
            'severity = "page"',
            "6: policies[1].rows[2].long: missing: the long window, such as 1h",
        ),
        (
            '[[policies]]\nname = "a"\nrows = [{ severity = "page", long = "1h" }]',
            "3: policies[1].rows[1]: expected either share (of the budget spent in the long window) "
            "or burn (a burn rate)",
        ),
        (
            '[[policies]]\nname = "a"\nrows = [{ severity = "page", long = "1h", share = "1%%" }]',
            '3: policies[1].rows[1].share: expected a share between 0 and 1, such as 0.02 or "2 %"',
        ),
        (
            '[[policies]]\nname = "a"\nrows = [{ severity = "page", long = "1h", burn = inf }]',
            "3: policies[1].rows[1].burn: expected a number above 0",
        ),
        (
            '[[policies]]\nname = "a"\nrows = [{ severity = "page", long = "1h", burn = 9 }]\nmin_failures = -1',
            "4: policies[1].min_failures: expected a whole number of at least 0",
        ),
        (
            '[[policies]]\nname = "a"\nrows = [{ severity = "page", long = "1h", share = 2 }]',
            '3: policies[1].rows[1].share: expected a share between 0 and 1, such as 0.02 or "2 %"',
        ),
        (
            '[[slas]]\nslo = "a"\nobjective = 1.0',
            "3: slas[1].objective: expected a share between 0 and 1, such as 0.99: at 1 there is nothing to spend",
        ),
        ('[[slas]]\nslo = "a"', "1: slas[1].objective: missing: what the SLA says"),
        (
            '[[slas]]\nslo = "a"\nobjective = 0.9\ncredits = [{ credit = "all" }]',
            "4: slas[1].credits[1].below: missing: the SLI below which it is owed",
        ),
        (
            "[[slas]]\nslo = 'a'\nobjetive = 0.9\nobjective = 0.9",
            "3: slas[1].objetive: unknown key; did you mean objective?",
        ),
    ],
)
def test_a_problem_of_an_agreement_is_one_line_with_its_place(tmp_path: Path, text: str, problem: str) -> None:
    said = problems(saved(tmp_path, text))
    assert f"golden.toml:{problem}" in said
    assert len(said) == (2 if "[[policies.rows]]" in text else 1)


def test_a_row_of_a_policy_that_makes_no_sense_says_why(tmp_path: Path) -> None:
    row = '{ severity = "page", long = "1h", short = "2h", share = 0.02 }'
    (problem,) = problems(saved(tmp_path, f'[[policies]]\nname = "a"\nrows = [{row}]'))
    assert problem.startswith("golden.toml:3: policies[1].rows[1]: a burn row needs a share above 0 and a short window")


def read(text: str) -> tuple[Agreements, tuple[str, ...]]:
    """The agreements of a text, and what is wrong with it."""
    reader = Reader(Place("golden.toml", lines=key_lines(text)), Path())
    return read_agreements(tomllib.loads(text), reader, zone="Europe/Berlin"), reader.problems


SPAN = "[[maintenance]]\nfrom = 2026-11-01T02:00:00\nto = 2026-11-01T04:00:00\n"
ROW = '{ severity = "page", long = "1h", share = 0.02 }'
POLICY = f'[[policies]]\nname = "own"\nrows = [{ROW}]\n'
SLA = '[[slas]]\nslo = "works"\nobjective = 0.99\n'
SHARE = 'expected a share between 0 and 1, such as 0.02 or "2 %"'
TEXT = 'expected text in quotes, such as "Production"'
DURATION = 'expected a duration in quotes, such as "15s"'


def maintenance(*, reason: str = "", every_days: int = 0, services: tuple[str, ...] = ALL) -> Maintenance:
    start, end = datetime(2026, 11, 1, 2), datetime(2026, 11, 1, 4)
    return Maintenance(start, end, "Europe/Berlin", reason=reason, every_days=every_days, services=services)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Agreements()),
        (SPAN, Agreements(maintenance=(maintenance(),))),
        (SPAN + 'reason = "move"\n', Agreements(maintenance=(maintenance(reason="move"),))),
        (SPAN + 'every = "2w"\n', Agreements(maintenance=(maintenance(every_days=14),))),
        (SPAN + 'services = ["shop"]\n', Agreements(maintenance=(maintenance(services=("shop",)),))),
        (POLICY, Agreements(policies=(PolicyRule(Policy("own", (Row("page", 0.02, 3600, 300),))),))),
        (
            POLICY + 'min_failures = 0\nslos = ["a*"]\n',
            Agreements(policies=(PolicyRule(Policy("own", (Row("page", 0.02, 3600, 300),), 0), ALL, ("a*",)),)),
        ),
        (SLA, Agreements(slas=(NamedSla("works", Sla(0.99)),))),
        (
            SLA + 'credits = [{ below = 0.9, credit = "b" }, { below = "99 %", credit = "a" }]\n',
            Agreements(slas=(NamedSla("works", Sla(0.99, (Credit(0.99, "a"), Credit(0.9, "b")))),)),
        ),
    ],
    ids=["nothing", "once", "with a reason", "every two weeks", "of a service", "a policy", "of some SLOs",
         "an SLA", "with credits"],
)  # fmt: skip
def test_agreements_without_a_problem(text: str, expected: Agreements) -> None:
    assert read(text) == (expected, ())


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (ROW, Row("page", 0.02, 3600, 300)),
        ('{ severity = "ticket", long = "3d", short = "6h", share = "10 %" }', Row("ticket", 0.1, 259200, 21600)),
        ('{ severity = "page", long = "2h", burn = 10 }', Row("page", 1.0, 7200, 600, 10.0)),
        ('{ severity = "page", long = "2h", burn = 0.5, short = "1h" }', Row("page", 1.0, 7200, 3600, 0.5)),
    ],
    ids=["a share", "percent", "a burn rate", "a short window"],
)
def test_a_row_of_a_policy(row: str, expected: Row) -> None:
    agreements, said = read(f'[[policies]]\nname = "own"\nrows = [{row}]\n')
    assert ([rule.policy for rule in agreements.policies], said) == ([Policy("own", (expected,), MIN_FAILURES)], ())


def test_rows_come_the_fastest_first() -> None:
    slow = ROW.replace("1h", "3d")
    agreements, _ = read(f'[[policies]]\nname = "own"\nrows = [{slow}, {ROW}]\n')
    assert [row.long_s for row in agreements.policies[0].policy.rows] == [3600, 259200]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (SPAN + "reason = 5\n", f"4: maintenance[1].reason: {TEXT}"),
        (SPAN + 'every = "soon"\n',
         "4: maintenance[1].every: 'soon' is no duration: write for example 15s, 5m, 1h30m or 30d"),
        (SPAN + "every = 7\n", f"4: maintenance[1].every: {DURATION}"),
        (SPAN + 'every = "36h"\n', "4: maintenance[1].every: expected whole days, such as 1d or 1w"),
        (SPAN + 'services = "shop"\n',
         '4: maintenance[1].services: expected a list of texts in brackets, such as ["first", "second"]'),
        (SPAN + 'slos = ["a", ""]\n', '4: maintenance[1].slos[2]: expected text in quotes, and not empty'),
        (SPAN + 'until = "x"\n', "4: maintenance[1].until: unknown key; known are every, from, reason, services, slos, "
                                "to"),
        (SPAN.replace("04:00", "02:00"), "3: maintenance[1].to: lies before from: maintenance ends after it begins"),
        ("[[maintenance]]\nfrom = 2026-11-01T02:00:00\n", "1: maintenance[1].to: missing: when it ends"),
        ('[[policies]]\nrows = [' + ROW + "]\n", "1: policies[1].name: missing: every policy needs its name"),
        (POLICY.replace('"own"', "5"), f"2: policies[1].name: {TEXT}"),
        (POLICY + "min_failures = 2.5\n", "4: policies[1].min_failures: expected a whole number"),
        (POLICY.replace(f"[{ROW}]", '"x"'), "3: policies[1].rows: expected a list of tables, such as [{ ... }]"),
        (POLICY.replace("share = 0.02", "share = 0"), f"3: policies[1].rows[1].share: {SHARE}"),
        (POLICY.replace("share = 0.02", "burn = 0"), "3: policies[1].rows[1].burn: expected a number above 0"),
        (POLICY.replace("share = 0.02", "burn = 5, share = 0.02"),
         "3: policies[1].rows[1]: expected either share (of the budget spent in the long window) or burn (a burn "
         "rate)"),
        (POLICY.replace('long = "1h", ', ""), "3: policies[1].rows[1].long: missing: the long window, such as 1h"),
        (POLICY.replace('severity = "page", ', ""), "3: policies[1].rows[1].severity: missing: page or ticket"),
        (
            POLICY.replace('"page"', '"pager"'),
            "3: policies[1].rows[1].severity: expected one of page, ticket; did you mean page?",
        ),
        (POLICY.replace('"1h"', "3600"), f"3: policies[1].rows[1].long: {DURATION}"),
        (POLICY.replace("share", "shares"), "3: policies[1].rows[1].shares: unknown key; did you mean share?"),
        (POLICY.replace('long = "1h"', 'long = "1h", short = "1h"'),
         "3: policies[1].rows[1]: a burn row needs a share above 0 and a short window that is shorter than the long "
         "one"),
        ("[[slas]]\nobjective = 0.99\n", "1: slas[1].slo: missing: the name of the objective it stands beside"),
        (SLA.replace('"works"', "5"), f"2: slas[1].slo: {TEXT}"),
        (SLA.replace("0.99", "0"), f"3: slas[1].objective: {SHARE}"),
        (SLA.replace("0.99", "99.9"), f"3: slas[1].objective: {SHARE}"),
        (SLA.replace("0.99", "true"), f"3: slas[1].objective: {SHARE}"),
        (SLA + "credits = []\n", "4: slas[1].credits: expected a list of tables, such as [{ ... }]"),
        (SLA + "credits = [5]\n", "4: slas[1].credits[1]: expected a table such as { key = value }"),
        (SLA + "credits = [{ below = 0.9 }]\n", "4: slas[1].credits[1].credit: missing: what is owed"),
        (SLA + 'credits = [{ below = 1, credit = "a" }]\n',
         "4: slas[1].credits[1].below: expected a share between 0 and 1, such as 0.99: at 1 there is nothing to spend"),
        (SLA + 'credits = [{ below = 0.9, credit = "a" }, { below = "90 %", credit = "b" }]\n',
         "4: slas[1].credits[2].below: is there twice: what is owed below an SLI is one text"),
        (SLA + SLA.replace("0.99", "0.9"),
         "5: slas[2].slo: works has an SLA in line 2 already: put both blocks into one"),
        ("slas = 5\n", "1: slas: expected [[slas]], one block for each"),
        ("policies = {}\n", "1: policies: expected [[policies]], one block for each"),
    ],
)  # fmt: skip
def test_a_table_that_is_wrong_is_one_line(text: str, said: str) -> None:
    assert read(text)[1] == (f"golden.toml:{said}",)


@pytest.mark.parametrize(
    "text",
    [SPAN.replace("04:00", "02:00"), POLICY.replace("0.02", "2"), SLA.replace("0.99", "1.0")],
    ids=["maintenance", "a policy", "an SLA"],
)
def test_a_block_that_cannot_be_used_is_left_out(text: str) -> None:
    assert read(text)[0] == Agreements()


def test_a_row_that_is_wrong_leaves_the_others() -> None:
    agreements, said = read(f'[[policies]]\nname = "own"\nrows = [{ROW.replace("0.02", "2")}, {ROW}]\n')
    assert [row.share for row in agreements.policies[0].policy.rows] == [0.02]
    assert len(said) == 1
