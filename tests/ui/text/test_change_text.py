"""Changes in words: how one went, as far as anybody told or it is seen."""

import pytest

from dashboard.changes.change import Change, Kind, Outcome
from dashboard.changes.known import KnownChange
from dashboard.ui.text import change_text


@pytest.mark.parametrize(
    ("sources", "outcome", "said"),
    [
        # Nobody cancelled a canary of which is only seen that it has gone.
        (("version",), Outcome.CANCELLED, "taken back"),
        (("argocd", "version"), Outcome.CANCELLED, "cancelled"),
        (("version",), Outcome.STARTED, "started"),
    ],
)
def test_a_canary_that_is_seen_to_have_gone_was_taken_back(
    sources: tuple[str, ...], outcome: Outcome, said: str
) -> None:
    change = Change(
        sender="prometheus", key="42", kind=Kind.DEPLOY, start=0.0, at=0.0, text="", outcome=outcome,
        details={"origin": "requests"},
    )  # fmt: skip
    assert change_text.outcome(KnownChange(change, ("checkout",), sources)) == said
