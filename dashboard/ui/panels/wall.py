"""The wall as one piece of HTML per snapshot, built once and shared by all who look."""

import math
from collections import Counter
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
from dashboard.slo.report import SloReport, State
from dashboard.timerange import DAY, HOUR
from dashboard.ui.shared_cache import SharedCache
from dashboard.ui.text import anomaly_text, health_text, source_text, units
from dashboard.ui.theme import MARKS, alive, chip

PER_PAGE = 12
TURN_EVERY = 15.0
NEARLY_FULL = 0.9
ORDER = list(State)


def wall(snapshot: Snapshot, now: float, *, kiosk: bool) -> str:
    """The whole wall: header, banner if something is wrong, one page of tiles."""
    pages = max(1, math.ceil(len(snapshot.services) / PER_PAGE))
    page = int(now // TURN_EVERY) % pages
    shown = snapshot.services[page * PER_PAGE : (page + 1) * PER_PAGE]
    body = _tiles.of(page, snapshot, lambda: grid(snapshot, shown)) if shown else empty(snapshot)
    head = header(snapshot, now, page=page, pages=pages)
    living = alive(snapshot.refresh, now)
    return f'<div class="gs-wall{" gs-full" if kiosk else ""}">{head}{banner(snapshot, now)}{body}{living}</div>'


def header(snapshot: Snapshot, now: float, *, page: int = 0, pages: int = 1) -> str:
    """Title, how many services are in which health, the clock and the data age."""
    healths = Counter(report.health for report in snapshot.services)
    told = "".join(
        f'<span class="gs-{MARKS[health][2]}"><span class="n">{healths[health]}</span> '
        f'<span class="w">{MARKS[health][1]}</span></span>'
        for health in Health
        if healths[health]
    )
    turning = f'<span class="w">page {page + 1} of {pages}</span>' if pages > 1 else ""
    clock = datetime.fromtimestamp(now, ZoneInfo(snapshot.time_zone))
    age = units.age(snapshot.source.age(now))
    return (
        f'<div class="gs-head"><h1>{escape(snapshot.title)}</h1>{told}{turning}'
        f'<span class="clock"><b>{clock:%H:%M}</b> {escape(clock.tzname() or "")} · {age}</span></div>'
    )


def banner(snapshot: Snapshot, now: float) -> str:
    """What is wrong with the source, or what it is doing; nothing while all is well."""
    source, message = snapshot.source, source_text.message(snapshot.source) or ""
    if source.state is SourceState.OK:
        note = message or (source_text.PARTIAL if source.partial else "")
        return f'<div class="gs-banner gs-grey">{escape(note)}</div>' if note else ""
    if source.state is SourceState.STARTING:
        since = units.duration(now - snapshot.at) if now - snapshot.at >= 1 else ""
        return f'<div class="gs-banner gs-grey"><b>Starting</b> {escape(message)} {since}</div>'
    colour = "red" if source.state is SourceState.DOWN else "amber"
    word = "✕ Source down" if source.state is SourceState.DOWN else "▲ Stale"
    kept = f" The picture below is old: {units.age(source.age(now))}." if snapshot.services else ""
    return f'<div class="gs-banner gs-{colour}"><b>{word}</b> {escape(message.rstrip("."))}.{kept}</div>'


def empty(snapshot: Snapshot) -> str:
    """What to do when there is no service to show."""
    if snapshot.source.state is SourceState.STARTING:
        return '<div class="gs-empty">The first picture takes a few seconds.</div>'
    where = escape(snapshot.source.where)
    if snapshot.source.state is SourceState.DOWN:
        return f'<div class="gs-empty">Nothing could be read from {where}. It is asked again by itself.</div>'
    csv = snapshot.source.kind == "csv"
    what = "its files hold rows with a service" if csv else "its targets expose request metrics"
    return (
        f'<div class="gs-empty">No service was found at {where}.<br>Check that {what}, '
        "and see the Sources page for what was looked for.</div>"
    )


def grid(snapshot: Snapshot, shown: tuple[ServiceReport, ...]) -> str:
    """The tiles."""
    columns = 1 if len(shown) == 1 else 2 if len(shown) in (2, 4) else 3 if len(shown) <= 9 else 4
    tiles = "".join(tile(report, snapshot.source.state, zone=snapshot.time_zone, now=snapshot.at) for report in shown)
    return f'<div class="gs-grid c{columns}">{tiles}</div>'


def tile(report: ServiceReport, state: SourceState, *, zone: str = "UTC", now: float = 0.0) -> str:
    """One service: health, the budget that is worst off, the four signals."""
    health, stale = report.health, state in (SourceState.STALE, SourceState.DOWN)
    shape, _, colour = MARKS[health]
    info, name = report.info, escape(report.name)
    of = " · ".join(part for part in (f"tier {info.tier}" if info.tier else "", escape(info.team)) if part)
    strange = [anomaly_text.brief(one, zone, now) for one in report.anomalies if one.lasts]
    reasons = health_text.sentences(report.reasons, zone, now)
    why = "; ".join((*reasons, *strange))
    lines = [escape("; ".join(reasons))] if reasons else []
    lines += [f'<span class="gs-amber-text">▲ {escape("; ".join(strange))}</span>'] if strange else []
    reason = f'<div class="gs-why" title="{escape(why)}">{" ".join(lines)}</div>' if why else ""
    mark = '<span class="gs-chip gs-grey">stale</span>' if stale else ""
    return (
        f'<a class="gs-tile gs-{colour}{" gs-stale" if stale else ""}" target="_self" '
        f'href="service?service={quote(report.name, safe="")}">'
        f'<div class="top"><span style="color:var(--c)">{shape}</span><span class="name" title="{name}">{name}</span>'
        f'<span class="of">{of}</span>{mark}{chip(health)}</div>'
        f"{budget(report, health)}{reason}"
        f'<div class="gs-minis">{minis(report, now)}</div></a>'
    )


def worst(report: ServiceReport) -> SloReport | None:
    """The objective in the worst state, the least budget left first; one without data only where there is no other."""
    known = [slo for slo in report.slos if slo.remaining is not None]
    ranked = min(known, key=lambda slo: (ORDER.index(slo.state), slo.remaining or 0.0), default=None)
    return ranked or next(iter(report.slos), None)


def budget(report: ServiceReport, health: Health) -> str:
    """Budget left, burn of the last hour and the bar of the worst objective."""
    slo = worst(report)
    if slo is None:
        return '<div class="budget"><span class="what">no objective: nothing here counts requests</span></div>'
    colour = MARKS[slo.state][2] if health is not Health.UNKNOWN else "grey"
    window = units.window(slo.slo.window)
    part = units.counted(slo.coverage, slo.at - slo.start) if slo.valid else ""
    what = f"of {window} {slo.slo.kind} budget left · {part or f'SLO {units.objective(slo.slo.objective)}'}"
    bar = '<div class="gs-bar none"></div>'
    if slo.remaining is not None and slo.state is not State.NO_DATA:
        bar = f'<div class="gs-bar"><i style="width:{max(0.0, min(1.0, slo.remaining)):.1%}"></i></div>'
    return (
        f'<div class="gs-{colour}"><div class="budget"><b>{units.percent(slo.remaining)}</b>'
        f'<span class="what" title="{what}">{what}</span><em>{units.burn(slo.burn_1h)}</em> burn 1{units.NBSP}h</div>'
        f"{bar}</div>"
    )


def _saturated(report: ServiceReport, name: str, now: float) -> str:
    """The resource that is most used, and when it will be full, if that is within a day."""
    full = report.forecasts[name].full_at if name in report.forecasts else None
    if full is None or not now < full <= now + DAY:
        return f"Saturation {escape(name)}".strip()
    unit = HOUR if full - now >= 2 * HOUR else 60
    return f"{escape(name.capitalize())}, full in {units.duration((full - now) // unit * unit)}"


def minis(report: ServiceReport, now: float = 0.0) -> str:
    """Latency, traffic, errors and saturation, each with its newest value and the live window."""
    samples, current, info = report.samples, report.current, report.info
    slow = info.threshold
    p95 = current.latency.get("0.95")
    quantiles = latency.quantiles(samples)
    ratios = errors.ratios(samples, threshold=info.threshold)
    limit = next((slo.slo.budget for slo in report.slos if slo.slo.kind == "availability"), None)
    server = current.errors.get("server")
    used = current.most_used
    name = used[0] if used else ""
    levels = saturation.ratios(samples)
    return "".join(
        (
            mini("Latency p95", units.latency(p95), _column(quantiles, "0.95"), limit=slow, over=_over(p95, slow)),
            mini("Traffic", units.rate(current.traffic), traffic.rate(samples)),
            mini("Errors", units.percent(server), _column(ratios, "server"), limit=limit, over=_over(server, limit)),
            mini(
                _saturated(report, name, now),
                units.percent(used[1] if used else None),
                _column(levels, name),
                limit=1.0,
                over=used is not None and used[1] >= NEARLY_FULL,
            ),
        )
    )


def _column(frame: pd.DataFrame, name: str) -> pd.Series | None:
    return frame[name] if name in frame else None


def _over(value: float | None, limit: float | None) -> bool:
    return value is not None and limit is not None and value > limit


def mini(title: str, value: str, values: pd.Series | None, *, limit: float | None = None, over: bool = False) -> str:
    """A small panel; without any value it says so instead of drawing an empty axis."""
    head = f'<div class="t"><span>{title}</span><b>{value}</b></div>'
    known = np.empty(0) if values is None else values.to_numpy(dtype=float)
    if not np.isfinite(known).any():
        why = "not measured" if values is None else "no data"
        return f'<div class="gs-mini">{head}<div class="gs-nothing">{why}</div></div>'
    highest = float(np.nanmax(known))
    top = max(highest * 1.1, (limit or 0.0) * 1.15) or 1.0
    line, area = sparkline(known, top=top)
    at = "" if limit is None else f'<s style="bottom:{limit / top:.1%}"></s>'
    return (
        f'<div class="gs-mini{" over" if over else ""}">{head}<div class="gs-spark" role="img" aria-label="{title}">'
        f'<u style="mask-image:url({area})"></u>'
        f'<i style="mask-image:url({line})"></i>{at}</div></div>'
    )


# Tiles change with the data, the head every second.
_tiles = SharedCache[str]()
_walls = SharedCache[str]()


def shared(snapshot: Snapshot, now: float, *, kiosk: bool) -> str:
    """The wall at this second, made once for all viewers."""
    return _walls.of(kiosk, (snapshot, int(now)), lambda: wall(snapshot, now, kiosk=kiosk))
