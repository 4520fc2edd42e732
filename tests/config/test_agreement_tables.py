"""Maintenance, policies and SLAs as TOML has them: each wrong key, type or range is a line with its place."""

from pathlib import Path

import pytest

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
