"""How the numbers of an objective came about: formulas with their counts, queries, gaps."""

from dashboard.engine.snapshot import Snapshot
from dashboard.slo.report import SloReport
from dashboard.ui.panels import computation


def report(snapshot: Snapshot, name: str) -> SloReport:
    return next(report for report in snapshot.slos if report.slo.name == name)


def test_every_number_is_computed_in_the_open(snapshot: Snapshot) -> None:
    judged = report(snapshot, "payments-availability")
    steps = {step.name: step for step in computation.steps(judged, "UTC")}
    assert judged.valid is not None
    assert judged.bad is not None
    assert steps["valid"].value == f"{judged.valid:,.0f}"
    assert steps["achieved"].formula == f"1 − {judged.bad:,.0f} ÷ {judged.valid:,.0f}"
    assert steps["left"].value.startswith(f"{(judged.remaining or 0) * 100:.1f}")
    plain = computation.as_text(judged, list(steps.values()), "sum(x)", "720 full hours.")
    assert "\xa0" not in plain
    assert plain.startswith("payments-availability: requests answered without a server error\n\nvalid")
    assert plain.endswith("sum(x)\n\n720 full hours.")
