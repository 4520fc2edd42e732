"""A preset as TOML: what each key becomes, and what is said of a mistake."""

import tomllib
from pathlib import Path

import pytest

from dashboard.exceptions import ConfigError
from dashboard.sources.prometheus import presets
from dashboard.sources.prometheus.presets.preset import ErrorCounter, Mean, Outcome, Preset, ResourceQuery
from dashboard.sources.prometheus.presets.preset_tables import read_preset
from dashboard.toml.lines import key_lines
from dashboard.toml.place import Place
from dashboard.toml.reader import Reader

METRICS = 'expected the name of a metric in quotes, or several in brackets, such as ["first", "second"]'
QUEUE = ResourceQuery("queue", "max by ($by) (queue{$match})", "jobs")


def read(text: str, name: str = "acme") -> tuple[Preset | None, tuple[str, ...]]:
    reader = Reader(Place("a.toml", lines=key_lines(text)), Path())
    preset = read_preset(reader, reader.place, tomllib.loads(text), {"queue": (QUEUE,)}, name)
    return preset, reader.problems


def test_one_key_is_enough() -> None:
    assert read('requests = "acme_requests_total"') == (
        Preset("acme", "acme_requests_total", "acme_requests_total"),
        (),
    )


def test_every_key_becomes_a_field() -> None:
    preset, problems = read("""
rank = 3
marker = "acme_build_info"
requests = ["acme_requests_total", "acme_seconds_count"]
matchers = 'path!="/metrics"'
services = ["service", ["namespace", "app"]]
outcomes = ["code", { label = "why", failed = "lost", refused = "late", beside = true }]
buckets = "acme_seconds_bucket"
scale = 0.001
by_outcome = false
mean = { sum = "acme_seconds_sum", count = "acme_seconds_count", scale = 0.001 }
breakdowns = ["route"]
resource_groups = ["queue"]
ephemeral = true
exclusive = true
probe = true
notes = ["counts scrapes, too"]
unverified = true
[[resources]]
name = "pool"
query = "max by ($by) (pool{$match})"
unverified = true
""")
    assert problems == ()
    assert preset == Preset(
        "acme",
        "acme_build_info",
        "acme_requests_total",
        'path!="/metrics"',
        (("service",), ("namespace", "app")),
        (Outcome("code"), Outcome("why", "lost", "late", beside=True)),
        bucket="acme_seconds_bucket",
        scale=0.001,
        latency_by_outcome=False,
        breakdowns=("route",),
        mean=Mean("acme_seconds_sum", "acme_seconds_count", scale=0.001),
        resources=(QUEUE, ResourceQuery("pool", "max by ($by) (pool{$match})", unverified=True)),
        ephemeral=True,
        exclusive=True,
        probe=True,
        rank=3,
        or_requests=("acme_seconds_count",),
        notes=("counts scrapes, too",),
        unverified=True,
    )


@pytest.mark.parametrize("unit", ["percent", "%"])
def test_a_share_in_percent_is_a_share(unit: str) -> None:
    text = f'marker = "a"\n[[resources]]\nname = "disk"\nquery = "max by ($by) (a{{$match}})"\nunit = "{unit}"'
    preset, problems = read(text)
    assert problems == ()
    assert preset is not None
    assert preset.resources == (ResourceQuery("disk", "(max by ($by) (a{$match})) / 100"),)


def test_errors_may_be_counters_of_their_own_and_a_mean_a_gauge() -> None:
    preset, problems = read("""
requests = "all_total"
errors = [
    { metric = "failed_total", label = "code", failed = "5xx" },
    { metric = "lost_total" },
    { metric = "late_total", fault = "client", apart = true },
]
mean = { gauge = "average_seconds" }
""")
    assert problems == ()
    assert preset is not None
    assert preset.error_counters == (
        ErrorCounter("failed_total", Outcome("code", "5xx")),
        ErrorCounter("lost_total"),
        ErrorCounter("late_total", fault="client", apart=True),
    )
    assert preset.mean == Mean(gauge="average_seconds")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "a.toml:1: requests: missing: name the counter of requests, or a marker and resources"),
        ('request = "a"\nmarker = "b"', "a.toml:1: request: unknown key; did you mean requests?"),
        ("requests = 5", f"a.toml:1: requests: {METRICS}"),
        ("requests = []", f"a.toml:1: requests: {METRICS}"),
        (
            'requests = ["a", 5]',
            'a.toml:1: requests[2]: expected text in quotes, such as "Production"',
        ),
        ('requests = "a"\nscale = "ms"', "a.toml:2: scale: expected a number above 0"),
        ('requests = "a"\noutcomes = "code"', "a.toml:2: outcomes: expected a list in brackets"),
        ('requests = "a"\noutcomes = [5]', "a.toml:2: outcomes[1]: expected a table such as { key = value }"),
        (
            'requests = "a"\noutcomes = ["b",\n{ label = "c", faild = "x" }]',
            "a.toml:3: outcomes[2].faild: unknown key; did you mean failed?",
        ),
        (
            'requests = "a"\noutcomes = [{ failed = "x" }]',
            "a.toml:2: outcomes[1].label: missing: name the label that holds the outcome",
        ),
        (
            'requests = "a"\noutcomes = [{ label = "b", failed = "*" }]',
            "a.toml:2: outcomes[1].failed: '*' is no regular expression: nothing to repeat at position 0",
        ),
        (
            'requests = "a"\nerrors = [{ label = "b" }]',
            "a.toml:2: errors[1].metric: missing: name the counter of failed requests",
        ),
        (
            'requests = "a"\nerrors = [{ metric = "b", failed = "c" }]',
            "a.toml:2: errors[1].label: missing: name the label that tells whose fault they are",
        ),
        (
            'requests = "a"\nerrors = [{ metric = "b", label = "c", fault = "client" }]',
            "a.toml:2: errors[1].fault: expected a label that tells whose fault they are, or a fault, not both",
        ),
        (
            'requests = "a"\nerrors = [{ metric = "b", fault = "none" }]',
            "a.toml:2: errors[1].fault: expected one of server, client",
        ),
        (
            'requests = "a"\noutcomes = ["b"]\nerrors = [{ metric = "c", label = "d" }]',
            "a.toml:3: errors: expected outcomes, the labels of requests, or errors, counters of their own, not both",
        ),
        (
            'requests = "a"\nbuckets = "b"',
            'a.toml:2: buckets: expected the buckets of a histogram: a name that ends in _bucket, such as "b_bucket"',
        ),
        (
            'requests = "a"\nmean = { sum = "b" }',
            "a.toml:2: mean.count: missing: a mean needs sum and count, or a gauge",
        ),
        (
            'requests = "a"\nmean = { sum = "b", gauge = "c" }',
            "a.toml:2: mean: expected sum and count, or a gauge, not both",
        ),
        (
            'requests = "a"\nresource_groups = ["queues"]',
            "a.toml:2: resource_groups[1]: there is no such group of resources; did you mean queue?",
        ),
        (
            'marker = "a"\n[[resources]]\nname = "b"',
            "a.toml:2: resources[1].query: missing: a resource needs its PromQL",
        ),
        (
            'marker = "a"\nresource_groups = ["queue"]\n[[resources]]\nname = "queue"\n'
            "query = 'max by ($by) (c{$match})'",
            "a.toml:4: resources[1].name: queue is there twice: give one of them another name",
        ),
        (
            'marker = "a"\n[[resources]]\nname = " "\nquery = "max by ($by) (c{$match})"',
            'a.toml:3: resources[1].name: expected a text of one line, such as "connection pool"',
        ),
        (
            'marker = "a"\n[[resources]]\nname = "b"\nquery = "max by ($by) (c)"',
            "a.toml:4: resources[1].query: c lacks the matchers of the service: write c{$match}",
        ),
        ('marker = "a"\noutcomes = ["b"]', "a.toml:2: outcomes: needs the counter of requests, too: add requests"),
    ],
)
def test_a_mistake_is_named_once_with_its_line_and_remedy(text: str, problem: str) -> None:
    assert read(text) == (None, (problem,))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('requests = "a"', "a.toml:1: name: missing: every preset needs its name"),
        ('name = "a b"', 'a.toml:1: name: expected a name of letters, digits and -, such as "acme-http"'),
    ],
)
def test_one_without_a_file_of_its_own_has_a_name(text: str, problem: str) -> None:
    assert problem in read(text, name="")[1]
    assert read('name = "a"\nrequests = "b"', name="")[0] == Preset("a", "b", "b")


def test_those_built_in_are_named_after_their_files_and_in_order() -> None:
    every = presets.presets()
    assert sorted(preset.name for preset in every) == list(presets.names())
    assert [preset.rank for preset in every] == sorted(preset.rank for preset in every)
    place = {preset.name: number for number, preset in enumerate(every)}
    assert place["fastapi-instrumentator"] < place["generic-http"] < place["istio"] < place["node-exporter"]


def test_a_mistake_in_one_that_is_built_in_names_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "acme.toml").write_text('requests = "a"\nbuket = "b"\n', encoding="utf-8")
    monkeypatch.setattr(presets, "FOLDER", tmp_path)
    presets.names.cache_clear()
    presets.presets.cache_clear()
    with pytest.raises(ConfigError) as caught:
        presets.presets()
    presets.names.cache_clear()
    assert caught.value.problems == (f"{tmp_path}/acme.toml:2: buket: unknown key; did you mean buckets?",)
