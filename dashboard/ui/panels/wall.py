"""The wall as one piece of HTML per snapshot, built once and shared by all who look."""

import math
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from html import escape
from urllib.parse import quote
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from dashboard.charts.sparkline import sparkline
from dashboard.engine.health import Health
from dashboard.engine.snapshot import ServiceReport, Snapshot
from dashboard.engine.source_status import SourceState
from dashboard.signals import errors, latency, saturation, traffic
from dashboard.slo.indicators import Measure
from dashboard.slo.report import SloReport, State
from dashboard.timerange import DAY, HOUR
from dashboard.ui.shared_cache import SharedCache
from dashboard.ui.text import anomaly_text, health_text, objective_terms, objective_text, source_text, units
from dashboard.ui.text.status_text import status
from dashboard.ui.theme import alive, chip, count

# Legible from four metres on a full HD screen; more turn pages, each shown for so many seconds.
PER_PAGE = 12
TURN_EVERY = 15.0
# From this share of its limit on a resource is shown in red.
NEARLY_FULL = 0.9
# By urgency.
ORDER = list(State)

# Tiles change with the data, the head every second.
_tiles = SharedCache[str]()
_walls = SharedCache[str]()


def wall(snapshot: Snapshot, now: float, *, kiosk: bool) -> str:
    """The wall at this second, built once for all viewers.

    Args:
        snapshot: what is shown.
        now: epoch seconds.
        kiosk: it has the whole screen, without the navigation.
    """
    return _walls.of(kiosk, (snapshot, int(now)), lambda: _wall(snapshot, now, kiosk=kiosk))


def _wall(snapshot: Snapshot, now: float, *, kiosk: bool) -> str:
    pages = max(1, math.ceil(len(snapshot.services) / PER_PAGE))
    page = int(now // TURN_EVERY) % pages
    services = snapshot.services[page * PER_PAGE : (page + 1) * PER_PAGE]
    # The tiles are rendered once a refresh, the header every second.
    body = _tiles.of(page, snapshot, lambda: _grid(snapshot, services)) if services else _empty(snapshot)
    head = _header(snapshot, now, page=page, pages=pages)
    living = alive(snapshot, now)
    return f'<div class="gs-wall{" gs-full" if kiosk else ""}">{head}{banner(snapshot, now)}{body}{living}</div>'


def _header(snapshot: Snapshot, now: float, *, page: int, pages: int) -> str:
    """Title, how many services are in which health, the clock and the data age."""
    healths = Counter(report.health for report in snapshot.services)
    counts = "".join(count(health, healths[health]) for health in Health)
    turning = f'<span class="page">page {page + 1} of {pages}</span>' if pages > 1 else ""
    clock = datetime.fromtimestamp(now, ZoneInfo(snapshot.time_zone))
    age = units.age(snapshot.source.age(now))
    return (
        f'<div class="gs-head"><h1>{escape(snapshot.title)}</h1>{counts}{turning}'
        f'<span class="clock"><b>{clock:%H:%M}</b> {escape(clock.tzname() or "")} · {age}</span></div>'
    )


def banner(snapshot: Snapshot, now: float) -> str:
    """What is wrong with the source, or what it is doing, as HTML; empty while all is well."""
    text = source_text.banner(snapshot, now)
    if text is None:
        return ""
    word = f"<b>{escape(text.word)}</b> " if text.word else ""
    return f'<div class="gs-banner gs-{text.colour}">{word}{escape(text.sentence)}</div>'


def _empty(snapshot: Snapshot) -> str:
    lines = "<br>".join(escape(line) for line in source_text.no_service(snapshot.source))
    return f'<div class="gs-empty">{lines}</div>'


def _grid(snapshot: Snapshot, services: tuple[ServiceReport, ...]) -> str:
    """The tiles in as many columns as fit them."""
    number = len(services)
    # Twelve tiles fit a screen as four by three, fewer of them grow.
    columns = 1 if number == 1 else 2 if number in (2, 4) else 3 if number <= 9 else 4
    zone, now = snapshot.time_zone, snapshot.at
    ended = snapshot.source.data_end is not None
    tiles = "".join(tile(report, snapshot.source.state, zone=zone, now=now, ended=ended) for report in services)
    return f'<div class="gs-grid c{columns}">{tiles}</div>'


def tile(report: ServiceReport, state: SourceState, *, zone: str = "UTC", now: float = 0.0, ended: bool = False) -> str:
    """One service as HTML: health, the budget of its worst objective, the four signals.

    Args:
        report: the service.
        state: of the source; its tiles are marked when it is stale or down.
        zone: the time zone of the page.
        now: epoch seconds. `ended`: the data end then: the tile is of the past.
    """
    stale = state in (SourceState.STALE, SourceState.DOWN)
    shown, info, name = status(report.health), report.info, escape(report.title)
    owner = " · ".join(text for text in (f"tier {info.tier}" if info.tier else "", escape(info.team)) if text)
    # Each tile says it by itself: on a large screen the banner may be out of sight.
    age = f'<span class="gs-chip gs-grey">{"past" if ended else status(SourceState.STALE).word}</span>' if stale else ""
    # Of the past there are data: nothing is known of now, which the first chip says.
    health = "" if ended and report.health is Health.UNKNOWN else chip(report.health)
    return (
        f'<a class="gs-tile gs-{shown.colour}{" gs-stale" if stale else ""}" target="_self" '
        f'href="service?service={quote(report.name, safe="")}">'
        f'<div class="top"><span style="color:var(--c)">{shown.mark}</span>'
        f'<span class="name" title="{name}">{name}</span><span class="of">{owner}</span>'
        f"{age}{health}</div>"
        f"{_budget(report, zone)}{_reasons(report, zone, now)}"
        f'<div class="gs-minis">{"".join(_minis(report, now))}</div></a>'
    )


def _reasons(report: ServiceReport, zone: str, now: float) -> str:
    """Why the health is what it is, and what is unusual, in one line; the whole text under the pointer."""
    reasons = health_text.sentences(report.reasons, zone, now)
    unusual = [anomaly_text.brief(anomaly, zone, now) for anomaly in report.anomalies if anomaly.lasts]
    every = escape(" · ".join((*reasons, *unusual)))
    if not every:
        return ""
    lines = [escape(" · ".join(reasons))] if reasons else []
    lines += [f'<span class="gs-amber-text">▲ {escape(" · ".join(unusual))}</span>'] if unusual else []
    return f'<div class="gs-why" title="{every}">{" ".join(lines)}</div>'


def worst(report: ServiceReport) -> SloReport | None:
    """The objective in the worst state, the least budget left first; one without data only where there is no other."""
    known = [slo for slo in report.slos if slo.remaining is not None]
    # Enum order is urgency; among equals the least budget counts.
    ranked = min(known, key=lambda slo: (ORDER.index(slo.state), slo.remaining or 0.0), default=None)
    return ranked or next(iter(report.slos), None)


def _budget(report: ServiceReport, zone: str) -> str:
    """Budget left, burn rate of the last hour and the bar of the worst objective."""
    slo = worst(report)
    if slo is None:
        return '<div class="budget"><span class="what">no SLO: requests are not counted here</span></div>'
    # Nothing is green while nothing current is known.
    colour = status(Health.UNKNOWN if report.health is Health.UNKNOWN else slo.state).colour
    part = objective_terms.measured(slo.known_share, slo.at - slo.start) if slo.valid else ""
    kind = escape(slo.slo.kind)
    window = objective_terms.window_length(slo.slo.window)
    # A narrow tile has no room for the objective: style.css leaves it out, and the text under the pointer has it.
    objective = "" if part else f'<span class="slo">, SLO {units.objective(slo.slo.objective)}</span>'
    # In a narrow tile how much was measured needs the room.
    what = f"of {kind} budget · {part}" if part else f"of {kind} budget left · {window}"
    if slo.judged_remaining is None and part:
        what = f"{kind} · {part}"
    title = f"{what}, SLO {units.objective(slo.slo.objective)}. {escape(objective_text.lasts(slo, zone=zone))}."
    return (
        f'<div class="gs-{colour}"><div class="budget"><b>{units.percent(slo.judged_remaining)}</b>'
        f'<span class="what" title="{title}">{what}{objective}</span>'
        f"<em>{units.burn(slo.burn_1h)}</em> burn 1{units.NBSP}h</div>"
        f"{bar(None if slo.state is State.NO_DATA and not slo.has_ended else slo.judged_remaining)}</div>"
    )


def bar(left: float | None) -> str:
    """A budget as a bar from 0 to all of it; dashed where nothing is known."""
    if left is None:
        return '<div class="gs-bar none"></div>'
    return f'<div class="gs-bar"><i style="width:{max(0.0, min(1.0, left)):.1%}"></i></div>'


def _minis(report: ServiceReport, now: float) -> Iterator[str]:
    """Latency, traffic, errors and saturation, each with its newest value and the live window."""
    samples, current, slow = report.samples, report.current, report.info.threshold
    p95, server = current.latency.get("0.95"), current.errors.get("server")
    p95s, ratios = latency.quantiles(samples), errors.ratios(samples, threshold=slow)
    # The line in the errors panel is what the SLO allows, whatever its author calls it.
    allowed = next((slo.slo.budget for slo in report.slos if slo.slo.measure is Measure.ERRORS), None)
    yield mini("Latency p95", units.latency(p95), _column(p95s, "0.95"), limit=slow, over=_over(p95, slow))
    yield mini("Traffic", units.rate(current.traffic), traffic.rate(samples))
    yield mini(
        "Errors", units.percent(server), _column(ratios, "server"), limit=allowed, over=_over(server, allowed)
    )  # fmt: skip
    name, level = current.most_used or ("", None)
    levels = _column(saturation.ratios(samples), name)
    full = level is not None and level >= NEARLY_FULL
    yield mini(_saturation(report, name, now), units.percent(level), levels, limit=1.0, over=full)


def _saturation(report: ServiceReport, name: str, now: float) -> str:
    """The resource that is most used, and when it will be full, if that is within a day."""
    full = report.forecasts[name].full_at if name in report.forecasts else None
    if full is None or not now < full <= now + DAY:
        return f"Saturation {escape(name)}".strip()
    # Minutes matter only shortly before.
    unit = HOUR if full - now >= 2 * HOUR else 60
    return f"{escape(name.capitalize())}, full in {units.duration((full - now) // unit * unit)}"


def _column(frame: pd.DataFrame, name: str) -> pd.Series | None:
    return frame[name] if name in frame else None


def _over(value: float | None, limit: float | None) -> bool:
    return value is not None and limit is not None and value > limit


def mini(title: str, value: str, values: pd.Series | None, *, limit: float | None = None, over: bool = False) -> str:
    """A small panel as HTML; without any value it says so instead of drawing an empty axis.

    Args:
        title: what is measured, already escaped.
        value: the newest value in words.
        values: evenly spaced, NaN where there is no data; None where it is not measured at all.
        limit: a line that values should keep under.
        over: the newest value is over it.
    """
    head = f'<div class="t"><span title="{title}">{title}</span><b>{value}</b></div>'
    known = np.empty(0) if values is None else values.to_numpy(dtype=float)
    if not np.isfinite(known).any():
        why = "not measured" if values is None else "no data"
        return f'<div class="gs-mini">{head}<div class="gs-nothing">{why}</div></div>'
    highest = float(np.nanmax(known))
    # The limit stays in sight even far above the values.
    top = max(highest * 1.1, (limit or 0.0) * 1.15) or 1.0
    line, area = sparkline(known, top=top)
    at = "" if limit is None else f'<s style="bottom:{limit / top:.1%}"></s>'
    return (
        f'<div class="gs-mini{" over" if over else ""}">{head}<div class="gs-spark" role="img" aria-label="{title}">'
        f'<u style="mask-image:url({area})"></u>'
        f'<i style="mask-image:url({line})"></i>{at}</div></div>'
    )
