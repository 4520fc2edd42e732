"""Questions of a search that are too large are halved by names and labels; what is too much by itself is left alone."""

import re
from collections import Counter
from collections.abc import Sequence

import pytest

from dashboard.exceptions import LimitExceeded, SourceTimeout, SourceUnavailable
from dashboard.sources.prometheus.client.decode import Series
from dashboard.sources.prometheus.client.limits import Limit
from dashboard.sources.prometheus.client.query_client import QueryResult
from dashboard.sources.prometheus.search import search_split
from dashboard.sources.prometheus.search.search_answers import PartedAnswer
from dashboard.sources.prometheus.search.search_split import SearchSplit
from dashboard.sources.protocol import QueryCost

NOW = 1_760_000_000
Labels = dict[str, str]


class Server:
    """Counts series by job, and answers about so many at once.

    Attributes:
        series: labels of all. `asked`: queries so far. `refused`: how many of them.
    """

    def __init__(self, allowed: int, series: Sequence[Labels], error: Exception | None = None) -> None:
        self.allowed, self.series = allowed, list(series)
        self.error = error or LimitExceeded("too many series", limit=Limit.SERIES)
        self.asked: list[str] = []
        self.refused = 0

    def label_values(self, label: str, selectors: Sequence[str], start: int, end: int) -> list[str]:
        met = [each for selector in selectors for each in matchers(selector)]
        selected = [labels for labels in self.series if all(is_met(labels, *each) for each in met)]
        return sorted({labels[label] for labels in selected if label in labels})

    def put(self, query: str) -> QueryResult:
        self.asked.append(query)
        selected = [labels for labels in self.series if all(is_met(labels, *met) for met in matchers(query))]
        if len(selected) > self.allowed:
            self.refused += 1
            raise self.error
        counts = Counter(labels.get("job", "") for labels in selected)
        rows = [Series({"job": job} if job else {}, value=(NOW, str(count))) for job, count in counts.items()]
        return QueryResult(rows, QueryCost(query, "", 0.0, 0, 0, 0), [], [])


def matchers(query: str) -> list[tuple[str, str]]:
    return [(label, value) for label, _, value in re.findall(r'(\w+)(=~?)"([^"]*)"', query)]


def is_met(labels: Labels, label: str, pattern: str) -> bool:
    return re.fullmatch(pattern, labels.get(label, "")) is not None


def pods(job: str, count: int) -> list[Labels]:
    return [{"__name__": "x", "job": job, "pod": f"{job}-{number}"} for number in range(count)]


JOBS = [labels for number in range(16) for labels in pods(f"j{number:02}", 2)]
QUERY = "count by (job) (x)"


def counts(answer: PartedAnswer) -> dict[str, float]:
    """Job → how many series it has, each job once."""
    rows = [(row.metric.get("job", ""), float(row.value[1])) for row in answer.rows if row.value]
    assert len(rows) == len(dict(rows))
    return dict(rows)


def splitting(server: Server) -> tuple[SearchSplit, list[float]]:
    now = [0.0]
    return SearchSplit(server, monotonic=lambda: now[0]), now  # type: ignore[arg-type]


@pytest.mark.parametrize("allowed", [1, 2, 3, 8, 31, 32])
def test_all_is_counted_whatever_is_allowed(allowed: int) -> None:
    server = Server(allowed, JOBS)
    answer = splitting(server)[0].ask(QUERY, NOW, server.put)
    assert counts(answer) == {f"j{number:02}": 2 for number in range(16)}
    assert not answer.refused


def test_what_is_answered_is_kept_in_mind_for_all_questions_about_the_same_series() -> None:
    server = Server(5, JOBS)
    split, now = splitting(server)
    split.ask(QUERY, NOW, server.put)
    assert server.refused > 0
    server.refused = 0
    assert len(counts(split.ask(QUERY, NOW + 300, server.put))) == 16
    assert len(counts(split.ask("sum by (job, pod) (rate(x[5m]))", NOW, server.put))) == 16
    assert server.refused == 0
    now[0] = search_split.KEPT_S
    server.allowed, server.asked = 100, []
    split.ask(QUERY, NOW, server.put)
    assert server.asked == [QUERY], "after some hours more is tried"


def test_jobs_that_are_new_and_series_without_a_job_are_not_forgotten() -> None:
    server = Server(5, JOBS)
    split, _ = splitting(server)
    split.ask(QUERY, NOW, server.put)
    server.series += [*pods("new", 3), {"__name__": "x", "pod": "alone"}]
    split.begin()
    answer = counts(split.ask(QUERY, NOW, server.put))
    assert (len(answer), answer["new"], answer[""]) == (18, 3, 1)


def test_one_job_is_told_by_its_pods_and_its_parts_are_added() -> None:
    server = Server(5, [*pods("giant", 20), *pods("small", 2)])
    answer = splitting(server)[0].ask(QUERY, NOW, server.put)
    assert counts(answer) == {"giant": 20, "small": 2}


def test_several_metrics_are_halved_first() -> None:
    series = [{"__name__": f"m{number}", "job": "shop"} for number in range(8)]
    server = Server(3, series)
    answer = splitting(server)[0].ask('count by (__name__, job) ({__name__=~"m.*"})', NOW, server.put)
    assert sum(float(row.value[1]) for row in answer.rows if row.value) == 8
    assert not any('job="' in query for query in server.asked)


def test_what_is_too_much_by_itself_is_told_and_left_alone_for_a_while() -> None:
    giant = [{"__name__": "x", "job": "giant"}] * 20
    server = Server(5, [*JOBS, *giant])
    split, now = splitting(server)
    answer = split.ask(QUERY, NOW, server.put)
    assert len(counts(answer)) == 16
    assert [parts for parts, _ in answer.refused] == [(("job", 'job="giant"'),)]
    server.refused = 0
    assert len(split.ask(QUERY, NOW, server.put).refused) == 1
    assert server.refused == 0
    now[0] = search_split.REFUSED_S
    server.allowed = 20
    assert not split.ask(QUERY, NOW, server.put).refused


def test_a_question_that_cannot_be_put_in_parts_is_refused_once() -> None:
    server = Server(5, JOBS)
    split, _ = splitting(server)
    for query in ("quantile(0.5, x)", "count by (job) (x{) of another dialect"):
        server.asked = []
        assert [parts for parts, _ in split.ask(query, NOW, server.put).refused] == [()]
        assert server.asked == [query]


def test_so_many_parts_are_asked_for_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_split, "PARTS_MAX", 12)
    server = Server(2, JOBS)
    answer = splitting(server)[0].ask(QUERY, NOW, server.put)
    assert len(server.asked) == 12
    assert 0 < len(answer.refused) <= 16
    assert 0 < len(counts(answer)) < 16


def test_so_many_parts_are_asked_for_in_one_search(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_split, "SEARCH_PARTS_MAX", 20)
    server = Server(2, JOBS)
    split, _ = splitting(server)
    split.ask(QUERY, NOW, server.put)
    asked = len(server.asked)
    split.ask("count by (job) (y)", NOW, server.put)
    assert len(server.asked) == asked + 1, "as a whole, and that is too much"
    split.begin()
    split.ask("count by (job) (z)", NOW, server.put)
    assert len(server.asked) > asked + 2, "in the next search there are as many again"


def test_a_server_that_gives_up_on_ever_smaller_parts_is_left_alone() -> None:
    server = Server(0, JOBS, SourceTimeout("gave up", by_server=True))
    with pytest.raises(SourceTimeout):
        splitting(server)[0].ask(QUERY, NOW, server.put)
    assert len(server.asked) == search_split.SLOW_MAX + 1


def test_a_server_that_gives_up_on_much_is_asked_for_less() -> None:
    server = Server(8, JOBS, SourceTimeout("gave up", by_server=True))
    assert len(counts(splitting(server)[0].ask(QUERY, NOW, server.put))) == 16


@pytest.mark.parametrize(
    "error", [LimitExceeded("too long", limit=Limit.TEXT), SourceTimeout("no answer"), SourceUnavailable("gone")]
)
def test_what_no_part_mends_is_an_error(error: Exception) -> None:
    server = Server(0, JOBS, error)
    with pytest.raises(type(error)):
        splitting(server)[0].ask(QUERY, NOW, server.put)
    assert server.asked == [QUERY]


def test_values_that_are_too_much_by_their_selector_are_those_of_the_whole_server() -> None:
    class Counting(Server):
        def label_values(self, label: str, selectors: Sequence[str], start: int, end: int) -> list[str]:
            if selectors:
                raise LimitExceeded("too many series", limit=Limit.SERIES)
            return super().label_values(label, selectors, start, end)

    server = Counting(5, JOBS)
    assert len(counts(splitting(server)[0].ask(QUERY, NOW, server.put))) == 16


def test_what_was_refused_is_not_tried_for_each_group_anew() -> None:
    jobs = [labels for number in range(256) for labels in pods(f"j{number:03}", 1)]
    server = Server(8, jobs)
    split, _ = splitting(server)
    assert len(counts(split.ask(QUERY, NOW, server.put))) == 256
    assert server.refused <= 12, "the whole, five halves of it, and now and then twice as many"
    server.refused = 0
    assert len(counts(split.ask('count by (job) (x{y=""})', NOW, server.put))) == 256
    assert server.refused <= 8, "the whole, and what another question may be answered about"


def test_one_giant_among_many_does_not_make_all_of_them_small() -> None:
    jobs = [*pods("giant", 20), *(labels for number in range(100) for labels in pods(f"j{number:03}", 1))]
    server = Server(30, jobs)
    assert len(counts(splitting(server)[0].ask(QUERY, NOW, server.put))) == 101
    assert len(server.asked) <= 40
