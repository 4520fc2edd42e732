"""Capacity as JSON: `GET /api/v1/capacity`."""

import math
from typing import Any

from dashboard.capacity.capacity import ResourceCapacity
from dashboard.capacity.load import Load
from dashboard.capacity.planned import Effect
from dashboard.capacity.prices import PriceOrigin, Prices
from dashboard.capacity.surplus import Surplus
from dashboard.engine.snapshot import Snapshot
from dashboard.ui.text import capacity_headline
from dashboard.ui.text.units import plain
from dashboard.web.status_json import falls, time


def as_json(snapshot: Snapshot) -> dict[str, Any]:
    """All limited resources, the first to be full first; unknown values are null."""
    report = snapshot.capacity
    return {
        "at": None if report.at is None else time(report.at),
        "since": None if report.since is None else time(report.since),
        "reading": report.is_reading,
        "problem": report.problem or None,
        "headline": plain(capacity_headline.headline(report, snapshot.time_zone, snapshot.at)),
        "counts": {str(urgency): number for urgency, number in report.counts.items()},
        "currency": report.prices.currency or None,
        "prices": prices(report.prices),
        "resources": [_resource(each) for each in report.resources],
    }


def prices(known: Prices) -> dict[str, Any] | None:
    """The monthly prices of each unit, and their origin; None without prices."""
    if not known.by_unit:
        return None
    return {
        "currency": known.currency,
        "by_unit": dict(known.by_unit),
        "by_cluster": {cluster: dict(each) for cluster, each in known.by_cluster.items()},
        "origin": origin(known.origin),
    }


def origin(known: PriceOrigin | None) -> dict[str, Any]:
    """The origin of prices; None: the configuration."""
    if known is None:
        return {"name": "configuration"}
    return {
        "name": known.name,
        "at": time(known.at),
        "nodes": known.nodes,
        "nodes_without_price": known.unpriced,
        "nodes_without_capacity": known.unweighed,
        "volumes": known.volumes,
    }


def _resource(each: ResourceCapacity) -> dict[str, Any]:
    outlook, limit = each.outlook, each.limit
    return {
        "service": each.service,
        "resource": each.resource,
        "urgency": str(each.urgency),
        "unit": each.unit or None,
        "limit": limit,
        "use": _number(each.now),
        "peak": _number(each.peak),
        "peak_at": time(each.peak_at),
        "headroom_at_peak": _number(each.headroom),
        "days": each.days,
        "full_in_s": outlook.seconds,
        "full_in_s_interval": None if outlook.seconds is None else [outlook.early, outlook.late],
        "horizon_s": outlook.horizon or None,
        "growth_per_day": outlook.slope * 24 if outlook.is_growing else None,
        "resets": outlook.resets,
        "falls": _falls(each),
        "traffic_per_s": each.traffic_now,
        "load": _load(each.load),
        "planned": [_effect(effect) for effect in each.effects],
        "month_price": each.month_price,
        "surplus": None if each.surplus is None else _surplus(each.surplus),
    }


def _falls(each: ResourceCapacity) -> dict[str, Any] | None:
    held = each.held
    return None if each.rising is None else falls(each.rising.falls, None if held is None else held.to_full)


def _load(load: Load) -> dict[str, Any]:
    curve, line = load.curve, {"base": load.base, "per_request_per_s": load.slope}
    return {
        "relation": str(load.relation),
        "full_per_s": load.full,
        "full_per_s_interval": None if load.full is None else [load.low, load.high],
        "spread": _number(load.spread),
        "explained": _number(load.explained),
        "line": None if load.full is None or curve is not None else line,
        "curve": None
        if curve is None
        else {"idle": curve.idle, "c0": curve.c0, "c1": curve.c1, "c2": curve.c2},
    }  # fmt: skip


def _effect(effect: Effect) -> dict[str, Any]:
    event = effect.event
    return {
        "name": event.name,
        "from": time(event.start),
        "to": time(event.end),
        "traffic": event.factor,
        "peak": _number(effect.peak),
        "peak_traffic_per_s": _number(effect.traffic),
        "full_from": None if effect.full_from is None else time(effect.full_from),
        "full_until": None if effect.full_until is None else time(effect.full_until),
    }


def _surplus(surplus: Surplus) -> dict[str, Any]:
    return {
        "enough": surplus.enough,
        "give_back": surplus.give_back,
        "enough_amount": surplus.amount,
        "saves_a_month": surplus.saves,
        "instances": surplus.instances,
    }


def _number(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else value
