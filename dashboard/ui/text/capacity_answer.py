"""The effect of a planned event on a resource, in words, and as text to copy."""

from datetime import datetime
from zoneinfo import ZoneInfo

from dashboard.capacity.capacity import ResourceCapacity
from dashboard.capacity.outlook import HORIZON
from dashboard.capacity.planned import Effect
from dashboard.timerange import DAY
from dashboard.ui.text import moments, units
from dashboard.ui.text.capacity_text import RELATION, amount, limit, rate, spoken


def effect(effect: Effect | None, each: ResourceCapacity, zone: str, now: float) -> tuple[str, str]:
    """The effect of an event on a resource: the verdict, and the grounds for it.

    Args:
        effect: None if it is unknown. `each`: the resource. `zone`: IANA name. `now`: epoch seconds.
    """
    if effect is None:
        if each.load.full is None:
            why = RELATION.get(each.load.relation, "does not follow traffic")
            return "The effect is unknown.", f"The {each.resource} of {each.title}: {why}."
        return "The effect is unknown.", f"Beyond {HORIZON / DAY:.0f} days nothing is forecast."
    needs = _needs(effect, each)
    if effect.full_from is None or effect.full_until is None:
        return f"Lasts: {units.percent(effect.peak)} at the peak.", needs
    # Rounded: a forecast is not exact to the minute.
    first, last = (round(moment / 600) * 600.0 for moment in (effect.full_from, effect.full_until))
    begin, until = moments.exact(first, zone, now), datetime.fromtimestamp(last, ZoneInfo(zone))
    end = (
        f"{until:%H:%M}" if effect.full_until - effect.full_from < DAY else moments.exact(effect.full_until, zone, now)
    )
    earlier = "" if effect.earlier_s is None else f" {spoken(effect.earlier_s).capitalize()} earlier than without it."
    return f"Full from {begin} to {end} {until.tzname()}.", f"{earlier} {needs}".strip()


def _needs(effect: Effect, each: ResourceCapacity) -> str:
    peak = f"The peak of about {rate(effect.traffic)}"
    if effect.is_beyond:
        return f"{peak} is more than it can serve at any use: beyond {rate(each.load.full or 0)} throughput falls."
    spare = effect.peak - 1
    side = "more than the limit" if spare > 0 else "to spare"
    if each.limit is None:
        return f"{peak} needs {units.percent(effect.peak)} of the limit."
    return f"{peak} needs {amount(effect.peak, each)}, {amount(abs(spare), each)} {side}."


def copied(each: ResourceCapacity, question: str, answer: tuple[str, str]) -> str:
    """A what-if as plain text for a ticket.

    Args:
        each: the resource. `question`: the what-if question. `answer`: verdict and grounds.
    """
    until = "" if each.outlook.seconds is None else f" Without it: full in {spoken(each.outlook.seconds)}."
    peak = f"{amount(each.peak, each)} ({units.percent(each.peak)})" if each.limit else units.percent(each.peak)
    lines = (
        f"{each.title}, {each.resource}: {question}", " ".join(part for part in answer if part),
        f"Peak of the last 30 days: {peak}; {limit(each)}.{until}",
    )  # fmt: skip
    return units.plain("\n".join(lines))
