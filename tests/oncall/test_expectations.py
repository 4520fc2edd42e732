"""What is new is expected to fail as its likes did before: a deploy is not blamed for what always failed."""

from itertools import product

import numpy as np
import pytest

from dashboard.oncall.combinations import Combinations
from dashboard.oncall.expectations import expectations
from dashboard.oncall.explanation import Verdict, explain

ROUTES = tuple(f"/r{number}" for number in range(6))
# One route fails far more often than the others, whatever answers it.
USUAL, OFTEN = 0.001, 0.05


def rolled_out(
    seed: int, *, share: float, before: float = 0.0, worse: float = 0.0, pods_too: bool = False
) -> Combinations:
    """Routes by version and pod, before and after a deploy.

    Args:
        seed: of the noise. `share`: of the requests that the new version gets now. `before`: that it had before.
        worse: share of its requests to /r1 that fail beside the usual ones. `pods_too`: it has pods of its own.
    """
    rng = np.random.default_rng(seed)
    keys, counts = [], []
    for route, version, number in product(ROUTES, ("41", "42"), range(4)):
        requests, is_new = rng.integers(500, 5000), version == "42"
        usual = OFTEN if route == "/r0" else USUAL
        was, now = (int(requests * (part if is_new else 1 - part)) for part in (before, share))
        keys.append((route, version, f"pod-{number}{version if pods_too else ''}"))
        failing = usual + worse * (is_new and route == "/r1")
        counts.append((rng.binomial(was, usual), was, rng.binomial(now, failing), now))
    return Combinations.of(("route", "version", "pod"), keys, np.array(counts, dtype=float).T)


@pytest.mark.parametrize("pods_too", [False, True], ids=["in place", "new pods"])
@pytest.mark.parametrize(("share", "before"), [(0.05, 0.0), (0.4, 0.0), (1.0, 0.0), (1.0, 0.03)])
def test_a_deploy_is_not_blamed_for_a_route_that_always_failed(share: float, before: float, pods_too: bool) -> None:
    for seed in range(5):
        table = rolled_out(seed, share=share, before=before, pods_too=pods_too)
        assert explain(table).verdict is Verdict.NOT_WORSE, seed


@pytest.mark.parametrize("pods_too", [False, True], ids=["in place", "new pods"])
@pytest.mark.parametrize("share", [0.05, 0.4])
def test_what_a_deploy_made_worse_is_named_beside_it(share: float, pods_too: bool) -> None:
    for seed in range(5):
        table = rolled_out(seed, share=share, worse=0.05, pods_too=pods_too)
        assert [cause.labels for cause in explain(table).selections] == [{"route": "/r1", "version": "42"}], seed


def test_a_combination_without_a_past_is_expected_to_fail_as_its_route_did() -> None:
    table = rolled_out(1, share=0.4)
    expected, is_new = expectations(table).bad, table.valid_before == 0
    often = table.codes[0] == table.values[0].index("/r0")
    ratios = [expected[is_new & rows].sum() / table.valid[is_new & rows].sum() for rows in (often, ~often)]
    assert ratios == [pytest.approx(OFTEN, rel=0.2), pytest.approx(USUAL, rel=0.5)]


def test_without_anything_before_that_of_the_service_is_expected() -> None:
    counts = np.array([[0.0, 0.0, 5.0, 100.0], [10.0, 1000.0, 5.0, 100.0]]).T
    # Every value of the first one is new.
    table = Combinations.of(("route", "pod"), [("/new", "a"), ("/old", "b")], counts)
    assert expectations(table).bad[0] == pytest.approx(100 * 10.5 / 1001)
