"""Which instrumentation a service is shown by, and what is known of it."""

from dashboard.sources.prometheus.instrumentation.instrumentation import Instrumentation, assign_services
from dashboard.sources.prometheus.presets.preset import Outcome, Preset, ResourceQuery

FIRST = Preset("first", "first_total", "first_total")
SECOND = Preset("second", "second_total", "second_total")


def instrumentation(preset: Preset, *jobs: str, **names: str) -> Instrumentation:
    """Services named by their job; `names`: other name → job."""
    services = {job: (job,) for job in jobs} | {name: (job,) for name, job in names.items()}
    return Instrumentation(preset, ("job",), services, 15.0)


def owned(*instrumentations: Instrumentation, preferred: dict[str, str] | None = None) -> list[set[str]]:
    return [set(each.owned) for each in assign_services(instrumentations, preferred or {})]


def test_the_first_that_knows_a_service_shows_it() -> None:
    assert owned(instrumentation(FIRST, "a", "b"), instrumentation(SECOND, "b", "c")) == [{"a", "b"}, {"c"}]


def test_the_operator_may_prefer_a_later_one() -> None:
    instrumentations = (instrumentation(FIRST, "a", "b"), instrumentation(SECOND, "b", "c"))
    assert owned(*instrumentations, preferred={"b": "second"}) == [{"a"}, {"b", "c"}]


def test_a_preference_for_a_preset_that_does_not_know_the_service_changes_nothing() -> None:
    assert owned(instrumentation(FIRST, "a"), instrumentation(SECOND, "c"), preferred={"a": "second"}) == [{"a"}, {"c"}]


def test_the_same_labels_under_another_name_are_one_service() -> None:
    assert owned(instrumentation(FIRST, shop="a"), instrumentation(FIRST, "a", "b")) == [{"shop"}, {"b"}]


def test_a_service_info_says_what_the_server_has() -> None:
    known = Instrumentation(
        FIRST,
        ("namespace", "job"),
        {"eu/a": ("eu", "a")},
        15.0,
        matchers='cluster="x",',
        outcome=Outcome("code"),
        bounds=(("0.1", 0.1), ("0.6", 0.6), ("+Inf", float("inf"))),
        resources=(ResourceQuery("memory", "max by ($by) (m{$match})", "bytes"),),
    )
    info = known.service_info("eu/a", 0.5)
    assert (info.bounds, info.threshold, info.errors, info.latency_by_outcome) == ((0.1, 0.6), 0.6, True, False)
    assert [(resource.name, resource.measure) for resource in info.resources] == [("memory", "usage")]
    assert known.service_matchers("eu/a") == 'namespace="eu",job="a",'
    query = known.resource_query(known.resources[0], 60, known.service_matchers("eu/a"))
    assert query == 'max by (namespace, job) (m{cluster="x",namespace="eu",job="a",})'


def test_without_an_outcome_errors_cannot_be_told() -> None:
    assert not instrumentation(FIRST, "a").service_info("a", 0.5).errors
