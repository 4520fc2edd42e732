"""What the documentation shows is what the product reads."""

import re
from pathlib import Path

import pytest

from dashboard.config.configuration import load
from dashboard.config.source_kinds import READING
from dashboard.openslo.openslo_reader import read_slos
from dashboard.sources.csv.formats.catalog import NAMES, PLAIN
from dashboard.sources.prometheus.presets import presets
from dashboard.sources.prometheus.presets.preset_tables import keys

ROOT = Path(__file__).resolve().parent.parent
PAGES = (
    "README.md",
    "docs/alerts.md",
    "docs/changes.md",
    "docs/csv.md",
    "docs/objectives.md",
    "docs/policy.md",
    "docs/presets.md",
    "docs/review.md",
    "docs/state.md",
    "docs/triage.md",
)


def blocks(page: str, language: str) -> list[str]:
    fenced: list[str] = re.findall(rf"```{language}\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)
    return fenced


@pytest.mark.parametrize("page", PAGES)
def test_every_configuration_shown_is_read(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("token").write_text("secret", encoding="utf-8")
    Path("github-token").write_text("0123456789abcdef", encoding="utf-8")
    for number, text in enumerate(blocks(page, "toml")):
        path = tmp_path / f"{number}.toml"
        path.write_text(text, encoding="utf-8")
        load(path, {})
    assert blocks(page, "toml")


def test_the_objective_shown_is_read_without_a_flaw() -> None:
    whole, sides = blocks("docs/objectives.md", "yaml")
    made = read_slos({"shown.yaml": whole}, zone="UTC")
    assert [slo.name for slo in made.slos] == ["checkout-availability"]
    assert made.diagnostics == ()
    queries = [line for line in whole.splitlines() if line.strip().startswith(("bad:", "total:"))]
    other = whole.replace("\n".join(queries), "\n".join(" " * 8 + line for line in sides.splitlines()))
    made = read_slos({"shown.yaml": other}, zone="UTC")
    assert [(slo.kind, slo.limit) for slo in made.slos] == [("latency", 0.3)]


def test_every_key_of_a_preset_is_explained() -> None:
    text = (ROOT / "docs" / "presets.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"^\| `(?:\[\[)?(\w+)", text.split("## Built in")[0], re.MULTILINE))
    assert explained == set(keys({}, named=False))


def test_every_preset_that_is_built_in_is_listed_with_what_is_to_be_known_of_it() -> None:
    text = (ROOT / "docs" / "presets.md").read_text(encoding="utf-8").split("## Built in")[1]
    listed = dict(re.findall(r"^\| `([\w-]+)` \| .* \| (.*?) ?\|$", text, re.MULTILINE))
    unverified = {True: ["unverified"], False: []}
    assert listed == {each.name: "; ".join([*each.notes, *unverified[each.unverified]]) for each in presets()}


@pytest.mark.parametrize("page", PAGES)
def test_every_page_and_picture_named_is_there(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)#]+)\)", text):
        if not link.startswith("http"):
            assert ((ROOT / page).parent / link).exists(), link


def headings(page: Path) -> set[str]:
    """The anchors of a document, as GitHub makes them."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def test_every_section_that_a_link_names_is_there() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
    named = {(page, link) for page in pages for link in re.findall(r"\]\(([^)]*#[^)]+)\)", page.read_text("utf-8"))}
    links = [(page, *link.split("#")) for page, link in named if not link.startswith("http")]
    assert links
    for page, path, section in links:
        assert section in headings(page.parent / path if path else page), f"{page.name}: {path}#{section}"


def test_pictures_of_the_readme_load_at_once_and_one_shows_an_incident_move() -> None:
    names = re.findall(r"!\[[^]]+\]\(([^)]+)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    pictures = {name: (ROOT / name).read_bytes() for name in names}
    assert {name: len(data) for name, data in pictures.items() if len(data) > 500_000} == {}
    # The chunk that says how many frames a PNG has.
    assert [name for name, data in pictures.items() if b"acTL" in data] == ["docs/pictures/incident.png"]


@pytest.mark.parametrize("example", ["constant_source", "error_limit"])
def test_the_examples_shown_are_those_that_run(example: str) -> None:
    text = (ROOT / "tests" / "examples" / f"{example}.py").read_text(encoding="utf-8")
    assert text in blocks("docs/architecture.md", "python")


def named(page: str, section: str) -> set[str]:
    """The names in backquotes in the first column of the tables of a section."""
    text = (ROOT / page).read_text(encoding="utf-8").split(f"## {section}")[1].split("\n## ")[0]
    cells = re.findall(r"^\| ([^|]*) \|", text, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([\w-]+)", cell)}


def test_every_key_of_csv_files_is_explained() -> None:
    assert named("docs/csv.md", "What is detected") == {*READING, "paths"}


def test_every_format_of_csv_files_is_listed() -> None:
    sections = ("Load tests", "Request logs", "Dashboards")
    # The tables begin with the key that a name is the value of.
    assert set().union(*(named("docs/csv.md", section) for section in sections)) == {"format", *NAMES} - {PLAIN}
