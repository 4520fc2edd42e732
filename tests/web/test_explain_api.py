"""GET /api/v1/explain: what the command says, and how requests are refused."""

from collections.abc import Iterator
from typing import Any

import pytest

from dashboard.engine.poller import Poller
from dashboard.engine.viewers.explanations import explained
from dashboard.exceptions import SourceUnavailable
from dashboard.oncall.spans import BadEvents, Spans
from dashboard.sources.combined import CombinationsAnswer
from dashboard.timerange import HOUR
from dashboard.web.service.explanation_json import explanation_json
from dashboard.web.service.service_api import WINDOWS, ServiceApi
from tests.oncall.tables import drawn
from tests.steady import START, Clock, Steady
from tests.web.service.test_service_api import request, strict
from tests.web.test_routes import ask

PAIR = {"route": "/pay", "version": "42"}


class Labelled(Steady):
    """A source whose events have labels."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock, ("eu/shop", "cart"))
        self.explained: list[tuple[str, BadEvents, Spans]] = []

    def combinations(self, service: str, bad: BadEvents, spans: Spans) -> CombinationsAnswer:
        self.explained.append((service, bad, spans))
        self._maybe_fail()
        return CombinationsAnswer(drawn((PAIR, 0.05)))


@pytest.fixture
def source() -> Labelled:
    return Labelled(Clock())


@pytest.fixture
def poller(source: Labelled) -> Iterator[Poller]:
    ticked = Poller(source, clock=source.clock)
    ticked.tick()
    yield ticked
    ticked.stop()


def test_it_is_what_the_command_says(poller: Poller, source: Labelled) -> None:
    content = strict(ask(poller, "/api/v1/explain?service=eu/shop"))
    spans = Spans(START // 60 * 60, HOUR, HOUR)
    window = explained(source, "eu/shop", BadEvents.FAILED, spans)
    assert window.explanation is not None
    said: dict[str, Any] = explanation_json(window.explanation, BadEvents.FAILED)
    assert {name: content[name] for name in said} == said
    assert [cause["labels"] for cause in content["selections"]] == [PAIR]
    assert set(content) - set(said) == {"service", "at", "span_s", "compare_s", "partial"}
    assert (content["service"], content["span_s"], content["compare_s"]) == ("eu/shop", HOUR, HOUR)


def test_moment_span_and_signal_are_what_is_asked_for(poller: Poller, source: Labelled) -> None:
    ask(poller, "/api/v1/explain?service=cart&at=now-2h&span=30m&compare=1d&bad=latency")
    assert source.explained == [("cart", BadEvents.SLOW, Spans((START - 2 * HOUR) // 60 * 60, 1800, 86400))]
    # What lies ahead was never measured.
    ask(poller, f"/api/v1/explain?service=cart&at={START + 9999}")
    assert source.explained[-1][2].end == START // 60 * 60


@pytest.mark.parametrize(
    ("query", "status", "sentence"),
    [
        ("", 400, "say which service: service=NAME"),
        ("service=card", 404, "no service is called 'card'"),
        ("service=cart&bad=traffic", 400, "bad is 'traffic': it may be errors, latency"),
        ("service=cart&span=5s", 400, "span is '5s': it may be a minute to 31 days, such as 90m"),
        ("service=cart&span=1y", 400, "span is '1y': it may be a minute to 31 days, such as 90m"),
        ("service=cart&span=2h&compare=1h", 400, "compare must be at least as long as the span"),
        ("service=cart&at=soon", 400, "the address says at='soon', which is no time"),
        ("service=cart&at=-5", 400, "the address says at='-5', which is no time"),
        ("service=cart&by=route", 400, "nothing reads 'by': there are service, at, span, compare, bad"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(poller: Poller, query: str, status: int, sentence: str) -> None:
    answer = ask(poller, f"/api/v1/explain?{query}")
    assert (answer.status_code, answer.json()["error"][: len(sentence)]) == (status, sentence)


def test_a_source_that_is_away_is_said(poller: Poller, source: Labelled) -> None:
    source.failure = SourceUnavailable("connection refused")
    answer = ask(poller, "/api/v1/explain?service=cart")
    assert (answer.status_code, answer.json()["error"]) == (503, "connection refused")
    assert "retry-after" in answer.headers
    codes = [ask(poller, f"/api/v1/explain?service=cart&at=now-{hours}h").status_code for hours in range(1, 4)]
    assert codes == [503] * 3


def test_many_moments_are_refused_before_they_drive_out_those_of_viewers(poller: Poller, source: Labelled) -> None:
    api = ServiceApi(poller)
    codes = [api.explain(request(f"service=cart&at=now-{hours}h")).status_code for hours in range(30)]
    assert codes[-1] == 503
    assert len(source.explained) == codes.count(200) <= WINDOWS
