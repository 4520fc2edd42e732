"""The four signals of a service as small panels, with emphasis on notable values."""

from collections.abc import Iterator
from html import escape

import numpy as np
import pandas as pd

from dashboard.charts.sparkline import shaded
from dashboard.engine.health import Health
from dashboard.engine.snapshot import ServiceReport
from dashboard.signals import errors, latency, saturation, traffic
from dashboard.slo.indicators import Measure
from dashboard.timerange import DAY, HOUR
from dashboard.ui.text import units

# From this share of its limit on a resource is shown in red.
NEARLY_FULL = 0.9


def minis(report: ServiceReport, now: float) -> Iterator[str]:
    """Latency, traffic, errors and saturation, each with its newest value and the live window."""
    samples, current, slow, allowed = report.samples, report.current, report.info.threshold, allowed_errors(report)
    p95, server = current.latency.get("0.95"), current.errors.get("server")
    p95s, ratios = latency.quantiles(samples), errors.ratios(samples, threshold=slow)
    over = bool(emphasis(report, p95, slow))
    yield mini("p95", units.latency(p95), _column(p95s, "0.95"), limit=slow, over=over, signal="Latency")
    yield mini("Traffic", units.rate(current.traffic), traffic.rate(samples))
    over = bool(emphasis(report, server, allowed))
    yield mini("Errors", units.percent(server), _column(ratios, "server"), limit=allowed, over=over)
    name, level = current.most_used or ("", None)
    levels, over = _column(saturation.ratios(samples), name), bool(emphasis(report, level, NEARLY_FULL))
    signal, resource = _saturation(report, name, now)
    yield mini(resource, units.percent(level), levels, limit=1.0, over=over, signal=signal)


def allowed_errors(report: ServiceReport) -> float | None:
    """The error ratio allowed by the SLO of a service, found by its kind and not its name; None without one."""
    return next((slo.slo.budget for slo in report.slos if slo.slo.measure is Measure.ERRORS), None)


def emphasis(report: ServiceReport, value: float | None, limit: float | None) -> str:
    """The CSS class of a value over its limit; none unless the state of the service says so, too."""
    over = value is not None and limit is not None and value > limit
    return "over" if over and report.health in (Health.BREACHING, Health.AT_RISK) else ""


def _saturation(report: ServiceReport, name: str, now: float) -> tuple[str, str]:
    """The signal, and the most used resource; or when it will be full, if that is within a day."""
    full = report.forecasts[name].full_at if name in report.forecasts else None
    if full is None or not now < full <= now + DAY:
        return ("Saturation", escape(name)) if name else ("", "Saturation")
    # Minutes matter only shortly before.
    unit = HOUR if full - now >= 2 * HOUR else 60
    return "", f"{escape(name.capitalize())}, full in {units.duration((full - now) // unit * unit)}"


def _column(frame: pd.DataFrame, name: str) -> pd.Series | None:
    return frame[name] if name in frame else None


def mini(
    title: str,
    value: str,
    values: pd.Series | None,
    *,
    limit: float | None = None,
    over: bool = False,
    signal: str = "",
) -> str:
    """A small panel as HTML; without values it says so instead of drawing an empty axis.

    Args:
        title: name of the signal, already escaped.
        value: the newest value as text.
        values: evenly spaced, NaN for missing data; None if it is not measured at all.
        limit: a line below which values should stay.
        over: the newest value exceeds it, and the health says so.
        signal: precedes the title if there is room.
    """
    head = f'<div class="t"><span>{f"<i>{signal} </i>" if signal else ""}{title}</span><b>{value}</b></div>'
    label = f"{signal} {title}".strip()
    known = np.empty(0) if values is None else values.to_numpy(dtype=float)
    if not np.isfinite(known).any():
        why = "not measured" if values is None else "no data"
        return f'<div class="gs-mini">{head}<div class="gs-nothing">{why}</div></div>'
    highest = float(np.nanmax(known))
    # The limit stays visible even far above the values.
    top = max(highest * 1.1, (limit or 0.0) * 1.15) or 1.0
    at = "" if limit is None else f'<s style="bottom:{limit / top:.1%}"></s>'
    return (
        f'<div class="gs-mini{" over" if over else ""}">{head}<div class="gs-spark" role="img" aria-label="{label}">'
        f'<i style="mask-image:url({shaded(known, top=top)})"></i>{at}</div></div>'
    )
