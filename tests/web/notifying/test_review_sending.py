"""The review of a week goes to each receiver once, whoever runs and however often it starts."""

import json
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from dashboard.config.configuration import Config
from dashboard.config.review_tables import ReviewSettings
from dashboard.engine.poller import Poller
from dashboard.exceptions import SourceUnavailable
from dashboard.notifications.spec import MessageSpec, ReceiverSpec
from dashboard.review.period import Period
from dashboard.slo.windows import Unit
from dashboard.state import deliveries
from dashboard.state.opening import open_store
from dashboard.state.spec import StateSpec
from dashboard.state.store import Store
from dashboard.timerange import DAY, HOUR
from dashboard.web.notifying.notifying import Notifying
from dashboard.web.notifying.review_sending import MORNING_S, ReviewSender, due
from tests.notifications.hook_server import hook_server
from tests.notifications.samples import incident, webhook
from tests.steady import Clock, Steady

WEEK = Period.parse("2026-W41", "Europe/Berlin")
MONDAY = WEEK.end + MORNING_S
BASE = "https://golden.example.org"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(open_store(StateSpec(str(tmp_path)))) as opened:
        yield opened


@pytest.fixture
def source() -> Steady:
    return Steady(Clock(MONDAY + 600), ("checkout", "search"))


@pytest.fixture
def poller(source: Steady) -> Iterator[Poller]:
    polled = Poller(source, clock=source.clock)
    polled.tick()
    polled.incidents.go_on(None)
    polled.snapshot = polled.incidents.put_into(polled.snapshot)
    yield polled
    polled.stop()


def sender(poller: Poller, store: Store, *receivers: ReceiverSpec, unit: Unit | None = Unit.WEEK) -> ReviewSender:
    every = receivers or (webhook(),)
    return ReviewSender(poller, ReviewSettings(unit), every, store, zone="Europe/Berlin", base_url=BASE)


def notifications(store: Store) -> list[dict[str, str]]:
    ids = [notice.id for notice in deliveries.known(store)]
    stored = [deliveries.claim(store, number, MONDAY + DAY, 0.0) for number in ids]
    return [json.loads(notice.content) for notice in stored if notice is not None]


@pytest.mark.parametrize(
    ("late", "name"), [(-60, None), (0, "2026-W41"), (2 * DAY - MORNING_S, None), (DAY, "2026-W41"), (6 * DAY, None)]
)
def test_it_is_due_on_monday_morning_and_old_news_on_wednesday(late: float, name: str | None) -> None:
    period = due(Unit.WEEK, "Europe/Berlin", MONDAY + late)
    assert (None if period is None else period.name) == name


def test_a_review_is_kept_once_for_all_replicas_and_starts(poller: Poller, store: Store) -> None:
    first = sender(poller, store)
    assert first.turn() == 1
    assert first.turn() == 0
    # Another process, or the same one after a restart.
    assert sender(poller, store).turn() == 0
    assert [notice.id for notice in deliveries.known(store)] == ["review 2026-W41 automation"]
    (notification,) = notifications(store)
    link = f"{BASE}/review?period=2026-W41"
    assert notification["title"] == "Golden signals · Week 41 of 2026: 4 of 4 objectives met"
    assert notification["text"].splitlines()[-1] == link
    assert notification["text"].startswith("Week 41 of 2026: all 4 objectives were met.")
    body = json.loads(notification["body"])
    assert (body["type"], body["version"], body["data"]["links"]) == ("review", 1, {"review": link})
    assert {row["verdict"] for row in body["data"]["objectives"]} == {"met"}
    assert body["data"]["sentence"] in notification["text"]


def test_a_receiver_of_some_services_gets_the_review_of_these(poller: Poller, store: Store) -> None:
    receivers = (webhook(services=("check*",)), webhook(name="nobody", services=("cart",)))
    assert sender(poller, store, *receivers).turn() == 1
    (notification,) = notifications(store)
    assert {row["service"] for row in json.loads(notification["body"])["data"]["objectives"]} == {"checkout"}


def test_a_pager_is_never_told_and_neither_is_who_was_not_named(poller: Poller, store: Store) -> None:
    receivers = (
        MessageSpec(name="on call", url="pagerduty://a@b"),
        MessageSpec(name="team", url="json://h"),
        webhook(),
    )
    named = ReviewSender(
        poller, ReviewSettings(Unit.WEEK, ("on call", "team")), receivers, store, zone="Europe/Berlin", base_url=""
    )
    assert named.turn() == 1
    (notification,) = notifications(store)
    assert "review?period" not in notification["text"]
    assert [notice.receiver for notice in deliveries.known(store)] == ["team"]


def test_nothing_is_sent_while_the_source_is_away_or_nobody_asked(
    poller: Poller, source: Steady, store: Store
) -> None:  # fmt: skip
    assert sender(poller, store, unit=None).turn() == 0
    source.failure = SourceUnavailable("cannot be reached")
    poller.tick()
    assert sender(poller, store).turn() == 0
    source.failure = None
    poller.tick()
    assert sender(poller, store).turn() == 1


def test_what_a_viewer_saw_before_the_end_is_not_what_is_sent(poller: Poller, source: Steady, store: Store) -> None:
    source.clock.now = WEEK.end - HOUR
    poller.tick()
    assert poller.viewers.reviews.fetch(WEEK, wait_s=30).review is not None
    source.clock.now = MONDAY + 900
    poller.tick()
    waiting = sender(poller, store)
    count = waiting.turn()
    # It is worked out anew meanwhile.
    ends = time.monotonic() + 30
    while not count and time.monotonic() < ends:
        count = waiting.turn()
        time.sleep(0.01)
    assert count == 1
    assert "so far" not in notifications(store)[0]["text"]


def test_it_arrives_beside_the_news_of_incidents(
    poller: Poller, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setattr("dashboard.notifications.dispatcher.EVERY_S", 0.02)
    monkeypatch.setattr("dashboard.web.notifying.review_sending.EVERY_S", 0.02)
    poller.incidents.derived = (incident(),)
    with hook_server() as hooks:
        receivers = (webhook(f"{hooks.url}/golden"),)
        config = Config(
            base_url=BASE, receivers=receivers, time_zone="Europe/Berlin", review_settings=ReviewSettings(Unit.WEEK)
        )
        notifying = Notifying(poller, config, store)
        notifying.start()
        try:
            hooks.wait_for(1)
        finally:
            notifying.stop()
        assert "review" in {json.loads(each.body)["type"] for each in hooks.received}
    # Who reads what was told of incidents is not troubled by it.
    again = Notifying(poller, config, store)
    assert again._dispatcher.look() >= 0
