"""The shortest source that works: one service that always has ten requests a second, one of them failed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dashboard import frames
from dashboard.config.source_kinds import Key, SourceKind
from dashboard.config.source_options import Option
from dashboard.slo.indicators import Column, Query
from dashboard.sources.catalog import Catalog, ServiceInfo
from dashboard.sources.protocol import Answer, Source, column_description, no_query_language
from dashboard.sources.spec import Opening
from dashboard.timerange import Grid
from dashboard.toml import parsers


# 1. Its class and its spec: dashboard/sources/constant/source.py and spec.py.
class ConstantSource:
    """Answers every question with the same rates."""

    kind = "constant"

    def __init__(self, service: str) -> None:
        self.where = self.service = service

    def discover(self, now: float) -> Catalog:
        return Catalog((ServiceInfo(self.service, preset="constant"),), scrape_interval=15.0)

    def adopt(self, catalog: Catalog) -> None:
        """Nothing changes: there is always the same service."""

    def samples(self, grid: Grid, service: str | None = None) -> Answer:
        return self._answer(grid, 10.0)

    def counts(self, grid: Grid) -> Answer:
        return self._answer(grid, 10.0 * grid.step)

    def query_values(self, queries: Sequence[Query], grid: Grid) -> Answer:
        return no_query_language(queries, grid)

    def expression(self, column: Column) -> str:
        return column_description(column)

    def breakdown(self, grid: Grid, service: str, label: str) -> Answer:
        return Answer(frames.samples({}, grid))

    def close(self) -> None:
        """Nothing is open."""

    def _answer(self, grid: Grid, requests: float) -> Answer:
        every = np.full(len(grid), requests)
        values = {(self.service, "requests", ""): every, (self.service, "errors", "server"): every / 10}
        return Answer(frames.samples(values, grid), newest=float(grid.end))


@dataclass(frozen=True, slots=True)
class ConstantSpec:
    """Which service it is."""

    kind: ClassVar[str] = "constant"
    has_queries: ClassVar[bool] = False

    service: str

    def open(self, opening: Opening) -> Source:
        return ConstantSource(self.service)


# 2. Its rows in dashboard/config/source_options.py and source_kinds.py.
OPTION = Option("--constant", "SERVICE", "a service of constant traffic", "service")
CONSTANT = SourceKind(
    "constant",
    ConstantSpec,
    {"service": Key(parsers.text, required='a constant source needs a name, such as "shop"')},
)
