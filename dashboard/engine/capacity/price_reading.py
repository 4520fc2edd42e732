"""Prices of what is held: those of the configuration, else those that the source measures, asked for once an hour."""

import logging
from dataclasses import dataclass, field, replace

from dashboard.capacity.prices import Prices
from dashboard.exceptions import SourceError
from dashboard.sources.priced import PricedSource
from dashboard.sources.protocol import QueryCost, Source
from dashboard.timerange import HOUR

log = logging.getLogger(__name__)

# Seconds between two times that a source is asked for prices, and after it did not answer.
EVERY_S, PAUSE_S = float(HOUR), 600.0
# OpenCost reckons in it unless it is told otherwise, and its metrics do not say.
CURRENCY = "USD"


@dataclass(frozen=True, slots=True)
class PriceReading:
    """What is known of prices.

    Attributes:
        prices: empty where nobody has any.
        asked_at: epoch seconds at which the source was asked last. `pause_s`: for so long it is not asked again.
        costs: of the last reading; empty where nothing was asked.
    """

    prices: Prices = field(default_factory=Prices)
    asked_at: float = float("-inf")
    pause_s: float = EVERY_S
    costs: tuple[QueryCost, ...] = ()


def read(source: Source, configured: Prices, known: PriceReading, at: float) -> PriceReading:
    """Prices at a moment; the source is asked for them where it is time to.

    Args:
        source: is asked. `configured`: any price in it wins, and its currency is that of all.
        known: of the last reading. `at`: epoch seconds.
    """
    if configured.by_unit or not isinstance(source, PricedSource):
        return replace(known, prices=configured, costs=())
    if 0 <= at - known.asked_at < known.pause_s:
        return replace(known, costs=())
    try:
        answer = source.prices(int(at))
    except SourceError as error:
        log.info("Prices could not be read, and are asked for again in %.0f minutes: %s", PAUSE_S / 60, error)
        return replace(known, asked_at=at, pause_s=PAUSE_S, costs=())
    if answer.partial:
        return replace(known, asked_at=at, pause_s=PAUSE_S, costs=answer.costs)
    prices = replace(answer.prices, currency=configured.currency or CURRENCY) if answer.prices.by_unit else configured
    return PriceReading(prices, at, EVERY_S, answer.costs)
