"""Caveats, suppressed alerts and burn rules that cannot work, in sentences."""

import pytest

from dashboard.engine.default_slos import availability
from dashboard.slo.caveats import Caveat, CaveatKind
from dashboard.slo.objective import Slo
from dashboard.slo.policy import WORKBOOK, Policy, Row, Rule
from dashboard.slo.report import Alert, Burn, Reading, SloReport, State, Suppression
from dashboard.slo.windows import Rolling
from dashboard.timerange import DAY, HOUR
from dashboard.ui.text import slo_text

PAGE = WORKBOOK.rows[0]


def alert(*, firing: bool, reading: Reading | None, suppressed: Suppression | None = None) -> Alert:
    burns = [Burn(window, 20.0, 980.0, 1000.0, 1.0) for window in (PAGE.long_s, PAGE.short_s)]
    return Alert(Rule(PAGE, 14.4), burns[0], burns[1], reading, firing, suppressed)


@pytest.mark.parametrize(
    ("firing", "reading", "suppressed", "text"),
    [
        (True, Reading.CRITICAL, None, "firing"),
        (
            True,
            None,
            Suppression.WINDOW_NOT_MEASURED,
            "still firing (window not measured, last state kept)",
        ),
        (False, None, Suppression.WINDOW_NOT_MEASURED, ""),
        (False, Reading.ACCEPTABLE, None, ""),
        (
            False,
            Reading.CRITICAL,
            Suppression.MIN_FAILURES,
            "suppressed: fewer than 20 failures (min_failures)",
        ),
        (False, Reading.CRITICAL, Suppression.FASTER_ALERT, "suppressed: a faster alert is firing"),
    ],
)
def test_an_alert_says_what_suppresses_it(
    firing: bool, reading: Reading | None, suppressed: Suppression | None, text: str
) -> None:
    slo = Slo("shop", "shop-up", availability("shop").indicator, 0.999, policy=Policy("calm", WORKBOOK.rows, 20))
    assert slo_text.alert_status(alert(firing=firing, reading=reading, suppressed=suppressed), slo) == text


@pytest.mark.parametrize(
    ("caveat", "text"),
    [
        (
            Caveat(CaveatKind.SLI_ABOVE_ONE),
            "the SLI is above 1: more events were good than valid, so its queries count different things",
        ),
        (
            Caveat(CaveatKind.SLI_BELOW_ZERO),
            "the SLI is below 0: more events were bad than valid, so its queries count different things",
        ),
        (
            Caveat(CaveatKind.GOOD_ABOVE_VALID, 4),
            "in 4 hours more events were good than valid: its queries count different things",
        ),
        (
            Caveat(CaveatKind.BUDGET_BELOW_ONE_FAILURE, 9999.0),
            "9,999 events have a budget of less than one failure: too few for this objective",
        ),
        (
            Caveat(CaveatKind.NOT_MEASURED, 1500.0),
            "25 minutes since it was first measured are missing: they count as no data",
        ),
        (
            Caveat(CaveatKind.NOT_MEASURED, float(DAY)),
            "24 hours since it was first measured are missing: they count as no data",
        ),
        (
            Caveat(CaveatKind.COUNTER_RAN_BACKWARDS, 5400.0),
            "a counter ran backwards 1.5 h ago: what it lost is not counted",
        ),
        (Caveat(CaveatKind.QUERY_REFUSED, message="parse error"), "parse error"),
        (Caveat(CaveatKind.UNAVAILABLE, message="too many samples"), "unavailable: too many samples"),
        (
            Caveat(CaveatKind.MEASURED_IN_PART, 5 * HOUR),
            "5 hours were answered in part: what came counts, and they are asked for again",
        ),
    ],
    ids=lambda value: value.kind if isinstance(value, Caveat) else "",
)
def test_a_caveat_is_a_sentence(caveat: Caveat, text: str) -> None:
    assert slo_text.caveat_text(caveat) == text


@pytest.mark.parametrize(
    ("row", "objective", "text"),
    [
        (
            Row("page", 0.02, float(HOUR), 300.0),
            0.9,
            "the page rule over 1 h is left out: it could never fire, since a burn rate of 14.4 would need "
            "1.44 failures a request",
        ),
        (
            Row("ticket", 0.1, 30.0 * DAY, 6.0 * HOUR),
            0.9,
            "the ticket rule over 30 days is left out: its window is as long as the objective's",
        ),
        (
            Row("ticket", 0.05, 3.0 * DAY, 6.0 * HOUR),
            0.9,
            "the ticket rule over 3 days fires at a burn rate of 0.5, which is below the allowed rate",
        ),
    ],
    ids=["never fires", "window too long", "below the allowed rate"],
)
def test_a_burn_rule_that_cannot_work_is_a_sentence(row: Row, objective: float, text: str) -> None:
    policy = Policy("one", (row,))
    slo = Slo("shop", "shop-up", availability("shop").indicator, objective, window=Rolling(30.0 * DAY), policy=policy)
    assert [slo_text.diagnostic_text(diagnostic) for diagnostic in slo.diagnostics] == [text]


@pytest.mark.parametrize("kind", list(CaveatKind))
def test_every_kind_of_caveat_has_its_own_words(kind: CaveatKind) -> None:
    words = {slo_text.caveat_text(Caveat(other, 7200.0, "refused")) for other in CaveatKind}
    assert len(words) == len(CaveatKind)
    assert not slo_text.caveat_text(Caveat(kind, 7200.0, "refused")).endswith(".")


def test_notes_of_the_author_come_before_rules_and_numbers() -> None:
    never = Policy("one", (Row("page", 0.02, float(HOUR), 300.0),))
    slo = Slo("shop", "shop-up", availability("shop").indicator, 0.9, policy=never, notes=("from a converter",))
    report = SloReport(
        slo, State.ACCEPTABLE, 0.0, 0.0, 0.0, good=1, valid=1, coverage=1.0, sli=1.0, interval=None, remaining=1.0,
        caveats=(Caveat(CaveatKind.SLI_ABOVE_ONE),),
    )  # fmt: skip
    written, rule, number = slo_text.notes(report)
    assert written == "from a converter"
    assert rule.startswith("the page rule over 1 h is left out")
    assert number.startswith("the SLI is above 1")
