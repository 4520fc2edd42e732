"""[[presets]] of the configuration: the form of those that are built in, before them, and known to [[services]]."""

from pathlib import Path

import pytest

from dashboard.config.configuration import Config, load
from dashboard.exceptions import ConfigError
from dashboard.sources.demo.spec import DemoSpec
from dashboard.sources.prometheus.presets import names, presets, with_own
from dashboard.sources.prometheus.presets.preset import Outcome, Preset, ResourceQuery
from dashboard.sources.prometheus.spec import PrometheusSpec

SOURCE = '[source]\nurl = "http://127.0.0.1:9090"\n'
ACME = """
[[presets]]
name = "acme"
requests = "acme_http_requests_total"
services = ["team"]
outcomes = ["result"]
buckets = "acme_http_seconds_bucket"
"""


def loaded(folder: Path, text: str) -> Config:
    (folder / "golden.toml").write_text(text, encoding="utf-8")
    return load(folder / "golden.toml", {})


def problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        loaded(folder, text)
    return [problem.removeprefix(f"{folder}/golden.toml:") for problem in caught.value.problems]


def own(folder: Path, text: str) -> tuple[Preset, ...]:
    source = loaded(folder, text).source
    assert isinstance(source, PrometheusSpec)
    return source.presets


def test_five_lines_make_a_preset(tmp_path: Path) -> None:
    assert own(tmp_path, SOURCE + ACME) == (
        Preset(
            "acme",
            "acme_http_requests_total",
            "acme_http_requests_total",
            service_labels=(("team",),),
            outcomes=(Outcome("result"),),
            bucket="acme_http_seconds_bucket",
        ),
    )


def test_groups_of_resources_may_be_named_beside_own_ones(tmp_path: Path) -> None:
    resource = '[[presets.resources]]\nname = "pool"\nquery = "max by ($by) (pool{$match})"\n'
    (acme,) = own(tmp_path, SOURCE + ACME + 'resource_groups = ["process"]\n' + resource)
    assert [resource.name for resource in acme.resources] == ["file descriptors", "cpu", "memory", "pool"]
    assert acme.resources[-1] == ResourceQuery("pool", "max by ($by) (pool{$match})")


def test_a_service_may_name_one(tmp_path: Path) -> None:
    config = loaded(tmp_path, SOURCE + ACME + '[[services]]\nname = "a"\npreset = "acme"\n')
    assert config.services[0].preset == "acme"


def test_a_source_that_has_no_use_for_them_is_as_it_was(tmp_path: Path) -> None:
    assert loaded(tmp_path, ACME).source == DemoSpec()


def test_they_go_before_those_that_are_built_in_and_take_the_place_of_a_namesake() -> None:
    late, early = Preset("late", "a", "a", rank=9), Preset("early", "b", "b", rank=1)
    instead = Preset("generic-http", "c", "c", rank=9)
    every = with_own((late, instead, early))
    assert every[:3] == (early, late, instead)
    assert len(every) == len(names()) + 2
    assert every[3:] == tuple(preset for preset in presets() if preset.name != "generic-http")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("presets = 5", ["1: presets: expected [[presets]], one block for each"]),
        (
            "[[presets]]\nname = 'a'",
            ["1: presets[1].requests: missing: name the counter of requests, or a marker and resources"],
        ),
        (ACME + "bukets = 5", ["8: presets[1].bukets: unknown key; did you mean buckets?"]),
        (
            ACME + "[[presets.resources]]\nname = 'a'\nquery = 'max by ($by) (b)'",
            ["10: presets[1].resources[1].query: b lacks the matchers of the service: write b{$match}"],
        ),
        (ACME + ACME, ["10: presets[2].name: acme is there twice: give one of them another name"]),
        # That a service names it is no second mistake.
        (
            ACME + "bukets = 5\n[[services]]\nname = 'a'\npreset = 'acme'",
            ["8: presets[1].bukets: unknown key; did you mean buckets?"],
        ),
        (
            ACME + "[[services]]\nname = 'a'\npreset = 'acmee'",
            ["10: services[1].preset: there is no such preset; did you mean acme?"],
        ),
        ("[[preset]]\nname = 'a'", ["1: preset: unknown key; did you mean presets?"]),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_with_its_place(tmp_path: Path, text: str, expected: list[str]) -> None:
    assert problems(tmp_path, text) == expected
