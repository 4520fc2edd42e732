"""Prices of resources: from the configuration, otherwise from the source, which is asked once an hour."""

import logging
from dataclasses import dataclass, field, replace

from dashboard.capacity.prices import Prices
from dashboard.exceptions import SourceError
from dashboard.sources.priced import PricedSource
from dashboard.sources.protocol import QueryCost, Source
from dashboard.timerange import HOUR

log = logging.getLogger(__name__)

# Seconds between two requests for prices, and after a failed one.
EVERY_S, PAUSE_S = float(HOUR), 600.0
# OpenCost's default; its metrics do not contain the currency.
CURRENCY = "USD"


@dataclass(frozen=True, slots=True)
class PriceReading:
    """What is known about prices.

    Attributes:
        prices: empty if there are none.
        asked_at: epoch seconds of the last request. `pause_s`: seconds until the next request.
        costs: of the last request; empty if nothing was requested.
    """

    prices: Prices = field(default_factory=Prices)
    asked_at: float = float("-inf")
    pause_s: float = EVERY_S
    costs: tuple[QueryCost, ...] = ()


def read(source: Source, configured: Prices, known: PriceReading, at: float) -> PriceReading:
    """The current prices; asks the source if a request is due.

    Args:
        source: the source to ask. `configured`: any configured price takes precedence, and sets the currency.
        known: the result of the last call. `at`: epoch seconds.
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
