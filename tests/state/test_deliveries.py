"""A notification is claimed by one alone, and by another when the claim is over."""

import json
from concurrent.futures import ThreadPoolExecutor

from dashboard.state import deliveries, transfer
from dashboard.state.deliveries import Notice, Tally
from dashboard.state.opening import open_store
from dashboard.state.spec import MEMORY, StateSpec
from dashboard.state.store import Store
from tests.state.samples import NOW


def notice(number: str = "a1 open slack", **fields: object) -> Notice:
    usual = {
        "incident": "a1",
        "event": "open",
        "receiver": "slack",
        "severity": "page",
        "services": 1,
        "content": "{}",
        "added_at": NOW,
    }
    return Notice(id=number, **{**usual, **fields})  # type: ignore[arg-type]


def test_of_replicas_that_claim_at_once_one_alone_sends(spec: StateSpec) -> None:
    first = open_store(spec)
    stores = [first, *(first if spec.where == MEMORY else open_store(spec) for _ in range(3))]
    for number in range(5):
        deliveries.add(first, notice(f"{number}"))
    with ThreadPoolExecutor(4) as pool:
        for number in range(5):
            claims = list(
                pool.map(lambda store, number=number: deliveries.claim(store, f"{number}", NOW, 60.0), stores)
            )
            assert [claim.attempts for claim in claims if claim is not None] == [1]
    for store in stores:
        store.close()


def test_a_claim_ends_with_time_with_success_or_for_good(store: Store) -> None:
    assert deliveries.add(store, notice())
    assert not deliveries.add(store, notice(content="other"))
    assert deliveries.claim(store, "a1 open slack", NOW, 60.0) == notice(attempts=1)
    assert deliveries.claim(store, "a1 open slack", NOW + 59, 60.0) is None
    assert deliveries.claim(store, "a1 open slack", NOW + 60, 60.0) == notice(attempts=2)
    deliveries.put_off(store, "a1 open slack", NOW + 500, "answered 500")
    assert deliveries.due(store, "slack", NOW + 499) == []
    assert deliveries.due(store, "slack", NOW + 500) == ["a1 open slack"]
    deliveries.give_up(store, "a1 open slack", NOW + 501, "answered 410")
    assert deliveries.claim(store, "a1 open slack", NOW + 900, 60.0) is None
    assert deliveries.tallies(store, ["slack"], 0.0) == {"slack": Tally(0, 1, 0, "answered 410")}
    # Another replica, whose claim was over, has succeeded after all.
    deliveries.sent(store, "a1 open slack", NOW + 502)
    deliveries.put_off(store, "a1 open slack", NOW + 600, "too late")
    assert deliveries.tallies(store, ["slack", "other"], 0.0) == {"slack": Tally(0, 0, 1, "")}


def test_of_each_incident_the_first_is_due_alone(store: Store) -> None:
    for place, number in enumerate(["a1 open", "a2 open", "a1 close"]):
        deliveries.add(store, notice(number, incident=number[:2], added_at=NOW + place))
    deliveries.add(store, notice("a1 open mail", receiver="mail"))
    deliveries.add(store, notice("a3 open", incident="a3", content=""))
    assert deliveries.due(store, "slack", NOW + 9) == ["a1 open", "a2 open"]
    assert deliveries.claim(store, "a1 open", NOW + 9, 60.0) is not None
    assert deliveries.due(store, "slack", NOW + 10) == ["a2 open"]
    deliveries.sent(store, "a1 open", NOW + 11)
    assert deliveries.due(store, "slack", NOW + 12) == ["a2 open", "a1 close"]
    assert [row.id for row in deliveries.known(store)] == [
        "a1 open",
        "a1 open mail",
        "a3 open",
        "a2 open",
        "a1 close",
    ]


def test_what_an_older_version_wrote_is_read(store: Store) -> None:
    row = {
        "table": "gs_notifications", "id": "old", "subject": "a1", "person": "", "added_at": NOW, "event": "open",
        "receiver": "slack", "sent_at": NOW,
    }  # fmt: skip
    lines = [json.dumps({transfer.HEAD: 2}), json.dumps(row)]
    assert transfer.read(store, lines) == (1, 0)
    assert [stored.severity for stored in deliveries.known(store)] == [""]
