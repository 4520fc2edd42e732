"""One folder of CSV files by chance, with their configuration and what is true of them; the same for a seed."""

from dataclasses import dataclass
from random import Random

from tests.sources.csv.generated.tables import Table, quoted, table
from tests.sources.csv.generated.times import AUTUMNS
from tests.sources.csv.generated.truth import Truth
from tests.sources.csv.generated.writing import Written, written


@dataclass(frozen=True)
class Case:
    """Files as they are written, and what a source has to make of them."""

    seed: int
    table: Table
    written: Written
    truth: Truth

    @property
    def doubts(self) -> tuple[str, ...]:
        """Words of the reasons for which rows may be refused, as no reader can know what they mean."""
        return ("clocks show it twice that night",) if self.table.form.zone in AUTUMNS else ()

    @property
    def toml(self) -> str:
        """The configuration: the files lie in its folder."""
        lines = [f'time_zone = "{self.table.form.zone}"', "", "[source]", 'kind = "csv"', 'paths = ["*.csv"]']
        mapping = ", ".join(f"{quoted(ours)} = {quoted(theirs)}" for ours, theirs in self.table.mapping.items())
        return "\n".join([*lines, *self.table.keys, *([f"columns = {{ {mapping} }}"] if mapping else [])]) + "\n"


def case(seed: int) -> Case:
    """The files of a seed."""
    random = Random(seed)
    made = table(random)
    files = written(random, made)
    truth = Truth()
    truth.take(files.events)
    return Case(seed, made, files, truth)
