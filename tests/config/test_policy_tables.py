"""[policy]: limits, whom others are for, and exceptions; what is wrong is named with its place."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dashboard.config.configuration import load
from dashboard.config.policy_notes import policy_notes
from dashboard.exceptions import ConfigError
from dashboard.gate.policy import BudgetPolicy, Limits, Override, PolicyException, PolicyState, Subject
from tests.slo.feeding import availability


def read(tmp_path: Path, text: str) -> BudgetPolicy:
    file = tmp_path / "golden.toml"
    file.write_text(text, encoding="utf-8")
    return load(file, {}).policy


def test_without_a_policy_the_four_states_begin_at_a_half_a_quarter_and_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, "") == BudgetPolicy(Limits(0.5, 0.25, 0.0, ("page",)))

    assert not read(tmp_path, "[policy]\nadded_exceptions = false").takes_added


def test_what_is_written_holds_and_overrides_say_what_differs(tmp_path: Path) -> None:
    policy = read(
        tmp_path,
        """
        time_zone = "Europe/Berlin"
        [policy]
        careful = "60 %"
        freeze_all = 0.05
        burning = ["page", "ticket"]
        meaning = { careful = "ask the team first" }
        [[policy.overrides]]
        tiers = [1, 2]
        freeze_features = 0.5
        [[policy.overrides]]
        services = ["pay-*"]
        burning = []
        meaning = { ship = "go on" }
        [[policy.exceptions]]
        who = "Ada"
        why = "the objective is renegotiated"
        until = 2026-12-01T12:00:00
        services = ["checkout"]
        [[policy.exceptions]]
        who = "Grace"
        why = "a migration"
        from = "2026-12-05T00:00:00Z"
        until = 2026-12-06T00:00:00Z
        slos = ["*-latency"]
        even_burning = true
        """,
    )
    careful = {PolicyState.CAREFUL: "ask the team first"}
    usual = Limits(0.6, 0.25, 0.05, ("page", "ticket"), careful)
    assert policy.limits == usual
    assert policy.overrides == (
        Override(Limits(0.6, 0.5, 0.05, ("page", "ticket"), careful), tiers=(1, 2)),
        Override(Limits(0.6, 0.25, 0.05, (), {**careful, PolicyState.SHIP: "go on"}), services=("pay-*",)),
    )
    # A local time is one of the zone that is configured.
    noon = datetime(2026, 12, 1, 11, tzinfo=UTC).timestamp()
    begins, until = (datetime(2026, 12, day, tzinfo=UTC).timestamp() for day in (5, 6))
    assert policy.exceptions == (
        PolicyException("Ada", "the objective is renegotiated", noon, services=("checkout",)),
        PolicyException("Grace", "a migration", until, begins, slos=("*-latency",), even_burning=True),
    )
    assert policy.exceptions[1].where.endswith("golden.toml:20: policy.exceptions[2]")


EXCEPTION = '[[policy.exceptions]]\nwho = "Ada"\nwhy = "a try"\nuntil = 2026-12-01T12:00:00Z\n'
WRONG = {
    "[policy]\ncarefull = 0.5": r"golden.toml:2: policy.carefull: unknown key; did you mean careful\?",
    "policy = 3": r"golden.toml:1: policy: expected a table \[policy\]",
    "[policy]\ncareful = 2": r"golden.toml:2: policy.careful: expected a share between 0 and 1",
    "[policy]\nfreeze_all = true": r"golden.toml:2: policy.freeze_all: expected a share",
    "[policy]\nfreeze_features = 0.6": r"golden.toml:2: policy.freeze_features: 0.6 is more than careful, 0.5: each",
    "[policy]\ncareful = 0.1": r"golden.toml:2: policy.careful: 0.25 is more than careful, 0.1: each state begins",
    '[policy]\nburning = ["pages"]': r":2: policy.burning\[1\]: expected one of page, ticket; did you mean page",
    '[policy]\nmeaning = { frezee_all = "x" }': r"policy.meaning.frezee_all: unknown key; did you mean freeze_all\?",
    '[policy]\nmeaning = { ship = "" }': r"policy.meaning.ship: expected a line of text",
    "[policy]\noverrides = 1": r"golden.toml:2: policy.overrides: expected \[\[policy.overrides\]\]",
    "[[policy.overrides]]\ntiers = []": r"golden.toml:2: policy.overrides\[1\].tiers: expected a list of tiers",
    '[[policy.overrides]]\ntiers = ["one"]': r"policy.overrides\[1\].tiers\[1\]: expected a whole number",
    "[[policy.overrides]]\nservices = []": r"policy.overrides\[1\].services: is an empty list: leave it out, or",
    "[[policy.overrides]]\nfreeze_all = 0.3": r"policy.overrides\[1\].freeze_all: 0.3 is more than freeze_features",
    "[[policy.exceptions]]\nwho = 'Ada'\nwhy = 'a try'": r"policy.exceptions\[1\].until: missing: when it is over",
    EXCEPTION.replace('"Ada"', '"\\u0007"'): r"golden.toml:2: policy.exceptions\[1\].who: expected a line of text",
    EXCEPTION.replace('"Ada"', f'"{"a" * 81}"'): r"policy.exceptions\[1\].who: has 81 letters: at most 80 are shown",
    EXCEPTION + "from = 2026-12-01T12:00:00Z": r"golden.toml:4: policy.exceptions\[1\].until: lies before from",
    EXCEPTION.replace("T12:00:00Z", ""): r"golden.toml:4: policy.exceptions\[1\].until: expected",
    EXCEPTION + 'even_burning = "yes"': r"policy.exceptions\[1\].even_burning: expected true or false",
}


@pytest.mark.parametrize(("text", "said"), WRONG.items())
def test_what_is_wrong_names_file_line_key_and_remedy(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as raised:
        read(tmp_path, text)
    assert len(raised.value.problems) == 1


def test_what_nothing_matches_and_what_is_over_is_noted(tmp_path: Path) -> None:
    policy = read(
        tmp_path,
        """
        [[policy.overrides]]
        tiers = [1, 3]
        [[policy.overrides]]
        services = ["chekout", "eu/*"]
        [[policy.exceptions]]
        who = "Ada"
        why = "a try"
        until = 2026-12-01T12:00:00Z
        slos = ["checkout-latncy"]
        [[policy.exceptions]]
        who = "Ada"
        why = "a try"
        until = 2026-12-01T12:00:00Z
        services = ["checkout"]
        slos = ["cart-*"]
        """,
    )
    subjects = [
        Subject(replace(availability(service=f"eu/{name}"), name=f"{name}-latency"), name, tier)
        for name, tier in (("checkout", 1), ("cart", 2))
    ]
    over = datetime(2026, 12, 1, 12, tzinfo=UTC).timestamp()
    place = f"{tmp_path / 'golden.toml'}:"
    before = [
        f"{place}2: policy.overrides[1]: no service with objectives is of tier 3",
        f"{place}4: policy.overrides[2]: 'chekout' is no service; did you mean eu/checkout?",
        f"{place}6: policy.exceptions[1]: 'checkout-latncy' is no objective; did you mean checkout-latency?",
        f"{place}11: policy.exceptions[2]: no objective is of these services and has one of these names",
    ]
    assert list(policy_notes(policy, subjects, over - 1)) == before
    said = "is over since 2026-12-01T12:00:00Z: it counts no more"
    after = [f"{place}6: policy.exceptions[1]: {said}", f"{place}11: policy.exceptions[2]: {said}"]
    assert list(policy_notes(policy, subjects, over)) == before + after


def test_a_misspelt_table_finds_the_policy(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"polcy: unknown key; did you mean policy\?"):
        read(tmp_path, "[polcy]\n")
