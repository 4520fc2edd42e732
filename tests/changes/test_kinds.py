"""The kind of a change by its tags, else by what its text says was done."""

import pytest

from dashboard.changes.change import Kind, Outcome
from dashboard.changes.kinds import kind_of, labels, outcome_of


@pytest.mark.parametrize(
    ("tags", "words", "kind"),
    [
        (["deploy"], "", Kind.DEPLOY),
        (["shop", "Feature-Flag"], "checkout deployed", Kind.FLAG),
        (["kind:rollback", "deploy"], "", Kind.ROLLBACK),
        (["type=maintenance"], "deploy", Kind.MAINTENANCE),
        (["kind: Kustomization", "flux"], "", Kind.DEPLOY),
        (["name: scaling"], "", Kind.OTHER),
        (["chaos mesh"], "killed a pod", Kind.EXPERIMENT),
        (["HPA"], "new deployment size", Kind.SCALING),
        ([], "Deployed checkout 42", Kind.DEPLOY),
        ([], "Application shop synced to 8c1f", Kind.DEPLOY),
        ([], "Deployed the autoscaler", Kind.DEPLOY),
        ([], "Deployed 42 with 3 replicas", Kind.DEPLOY),
        ([], "Scaled deployment checkout from 3 to 4", Kind.SCALING),
        ([], "Deployment checkout scaled up", Kind.SCALING),
        ([], "Scaled up replica set checkout-5d8f to 4", Kind.SCALING),
        ([], "New size: 4; reason: cpu resource utilization above target", Kind.SCALING),
        ([], "autoscaler: 3 replicas", Kind.SCALING),
        ([], "Rolled back deployment checkout to 41", Kind.ROLLBACK),
        ([], "Rollback of the deployment", Kind.ROLLBACK),
        ([], "Enabled the flag new-basket", Kind.FLAG),
        ([], "feature toggle new-basket on", Kind.FLAG),
        ([], "Configuration of checkout", Kind.CONFIGURATION),
        ([], "Started A/B test of the basket", Kind.EXPERIMENT),
        ([], "Maintenance of the database", Kind.MAINTENANCE),
        ([], "Release 42", Kind.DEPLOY),
        ([], "Lunch", Kind.OTHER),
        ([], "undeployed nothing, prereleased less", Kind.OTHER),
        ([], "", Kind.OTHER),
    ],
)
def test_tags_count_before_words_and_what_was_done_before_what_it_was_done_to(
    tags: list[str], words: str, kind: Kind
) -> None:
    assert kind_of(tags, words) is kind


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("SUCCESS", Outcome.SUCCEEDED),
        ("in_progress", Outcome.STARTED),
        ("Not Built", Outcome.CANCELLED),
        ("TERMINAL", Outcome.FAILED),
        ("canceled", Outcome.CANCELLED),
        ("half a success", Outcome.UNKNOWN),
        (None, Outcome.UNKNOWN),
        (["success"], Outcome.UNKNOWN),
    ],
)
def test_a_status_is_a_word_that_is_known_or_nothing(status: object, outcome: Outcome) -> None:
    assert outcome_of(status) is outcome


def test_labels_of_tags_are_told_by_the_first_that_says_so() -> None:
    tags = ["service:checkout", "Version = 42", "url:https://a.example/b=c", "plain", ":x", "service:basket"]
    assert labels(tags) == {"service": "checkout", "version": "42", "url": "https://a.example/b=c"}
