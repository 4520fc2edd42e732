"""One folder of CSV files by chance, with their configuration and what is true of them; the same for a seed."""

from dataclasses import dataclass
from functools import cached_property
from random import Random

from tests.sources.csv.generated.shapes import table
from tests.sources.csv.generated.tables import Table, quoted
from tests.sources.csv.generated.times import AUTUMNS
from tests.sources.csv.generated.truth import Truth
from tests.sources.csv.generated.writing import Written, written


@dataclass(frozen=True)
class Case:
    """Files as they are written, and what a source has to make of them.

    Attributes:
        groups: files that are read alike, as (what their names begin with, what was written there).
    """

    seed: int
    groups: list[tuple[str, Table, Written]]
    truth: Truth

    @property
    def zone(self) -> str:
        return self.groups[0][1].form.zone

    @cached_property
    def intervals(self) -> dict[str, int]:
        """Service → seconds of its intervals."""
        return {event.service: made.interval for _, made, _ in self.groups for row in made.rows for event in row.events}

    @cached_property
    def logs(self) -> set[str]:
        """Services of which every request is a row."""
        return {row.event.service for _, made, _ in self.groups if "log" in made.kind for row in made.rows}

    @property
    def bad_rows(self) -> int:
        return sum(files.bad_rows for _, _, files in self.groups)

    @property
    def pieces(self) -> list[tuple[str, bytes]]:
        return [piece for _, _, files in self.groups for piece in files.pieces]

    @property
    def traits(self) -> list[str]:
        return [trait for _, _, files in self.groups for trait in files.traits]

    @property
    def doubts(self) -> tuple[str, ...]:
        """Words of the reasons for which rows may be refused, as no reader can know what they mean."""
        night = ("clocks show it twice that night",) if self.zone in AUTUMNS else ()
        # Where it is not said that numbers are running totals, or of good requests, each may be another thing.
        asked = ("as a running total does", "holds 0 and 1 alone", "holds numbers of at most 1")
        # A few rows of another season are taken for slips of the pen.
        season = ("the time lies months away from nearly all others",) if len(self.groups) > 1 else ()
        # Where most rows were written again with other numbers, they may as well be those of two instances.
        again = ("several rows of this service are of the same time",)
        return (*night, *season, *again, *asked, ": write decimal = ")

    @property
    def toml(self) -> str:
        """The configuration: the files lie in its folder."""
        name, first, _ = self.groups[0]
        lines = [f'time_zone = "{self.zone}"', "", "[source]", 'kind = "csv"', *_keys(name, first)]
        for name, made, _ in self.groups[1:]:
            lines += ["", "[[source.files]]", *_keys(name, made)]
        return "\n".join(lines) + "\n"


def _keys(name: str, made: Table) -> list[str]:
    mapping = ", ".join(f"{quoted(ours)} = {quoted(theirs)}" for ours, theirs in made.mapping.items())
    return [f'paths = ["{name}[0-9]*"]', *made.keys, *([f"columns = {{ {mapping} }}"] if mapping else [])]


def case(seed: int) -> Case:
    """The files of a seed."""
    random = Random(seed)
    groups: list[tuple[str, Table, Written]] = []
    taken: set[str] = set()
    truth = Truth()
    for name in ("data", "more")[: 2 if random.random() < 0.15 else 1]:
        made = table(random, groups[0][1].form.zone if groups else "", taken)
        # What is counted in a table of services as columns has its failures in another one.
        for part, each in ((name, made), *((f"{name}_failed", other) for other in made.others)):
            files = written(random, each, part)
            groups.append((part, each, files))
            taken |= {event.service for row in each.rows for event in row.events}
            truth.take(files.events)
    return Case(seed, groups, truth)
