"""A review in plain sentences: the period for all services, and for each one."""

from collections.abc import Iterable, Iterator, Sequence

from dashboard.review.making import LAST_WEEK
from dashboard.review.review import Cause, ObjectiveReview, Review, Spending, Trend, Verdict
from dashboard.ui.text import change_text, objective_terms, status_text, units
from dashboard.ui.text.incidents import incident_text
from dashboard.ui.text.review import review_periods, review_words
from dashboard.ui.text.review.review_words import listed, several

# Maximum number of named objectives; the others are counted.
NAMED = 3
# Shares of spending from which a part counts as "most" and as "nearly all" of it.
MOST, NEARLY_ALL = 0.5, 0.9
# Coverage from which on it is not mentioned.
COVERED = 0.995
NUMBERS = {0: "none", 1: "one"}


def paragraph(review: Review) -> str:
    """The period of all services as one paragraph."""
    return " ".join(sentences(review))


def sentences(review: Review) -> list[str]:
    """The period of all services, the most important sentence first."""
    course = (_lead(review), *_missed(review), *_narrow(review), *_lately(review))
    parts = (*course, *_agreements(review), *_incidents(review), *_doubts(review))
    return [units.plain(part) for part in parts if part]


def service_paragraph(review: Review, service: str) -> str:
    """The period of one service as one paragraph."""
    own = [objective for objective in review.objectives if objective.slo.service == service]
    parts = [_service_lead(review, own), *(_course(review, objective) for objective in own), _deploys(review, service)]
    return units.plain(" ".join(filter(None, parts)))


def _when(review: Review) -> str:
    so_far = "" if review.is_over else " so far"
    return f"{review_periods.title(review.period)}{so_far}"


def _lead(review: Review) -> str:
    """October 2026: 11 of 12 objectives were met."""
    every, unknown = len(review.objectives), review.number(Verdict.NO_DATA)
    if not every:
        return f"{_when(review)}: there is no objective."
    judged = every - unknown
    if not judged:
        which = "its objective" if every == 1 else f"any of {every:,} objectives"
        missing, hours = _missing(review.objectives), _hours(review.objectives)
        return f"{_when(review)}: without {missing} nobody can tell whether {which} was met{hours}."
    met, are = review.number(Verdict.MET, Verdict.NARROWLY), "was" if review.is_over else "is"
    rest = (
        f" {several(unknown, 'objective').capitalize()} cannot be judged without "
        f"{_missing(review.objectives)}{_hours(review.objectives)}."
        if unknown
        else ""
    )
    return f"{_when(review)}: {_met(met, judged, are)}.{rest}"


def _missing(objectives: Iterable[ObjectiveReview]) -> str:
    """What is missing to judge objectives: data, more data, traffic, data or traffic."""
    unknown = [each for each in objectives if each.verdict is Verdict.NO_DATA]
    quiet = [review_words.is_quiet(each) for each in unknown]
    more = "more " if all(each.coverage > 0 for each in unknown) else ""
    return " or ".join(filter(None, ("" if all(quiet) else f"{more}data", "traffic" if any(quiet) else "")))


def _hours(objectives: Iterable[ObjectiveReview]) -> str:
    """The coverage of objectives that were measured too little to be judged: , as 4 % of the hours have data."""
    unknown = (each for each in objectives if each.verdict is Verdict.NO_DATA and not review_words.is_quiet(each))
    shares = sorted({each.coverage for each in unknown})
    if not shares or not shares[-1]:
        return ""
    said = {status_text.known_hours(share) for share in shares}
    return f", as {'at most ' if len(said) > 1 else ''}{status_text.known_hours(shares[-1])}"


def _met(met: int, judged: int, are: str) -> str:
    """The number of objectives met; `are`: was, or is while the period continues."""
    many = {"was": "were", "is": "are"}[are]
    if judged == 1:
        return f"the objective {are} {'met' if met else 'missed'}"
    if met == judged:
        return f"all {judged:,} objectives {many} met" if judged > 2 else f"both objectives {many} met"
    if not met:
        return f"none of {judged:,} objectives {are} met"
    return f"{met:,} of {judged:,} objectives {are if met == 1 else many} met"


def _missed(review: Review) -> Iterator[str]:
    """A sentence for each of the worst: checkout used 140 % of its budget, most of it in deploy v42 on 14 Oct."""
    missed = [objective for objective in review.objectives if objective.verdict is Verdict.MISSED]
    for objective in missed[:NAMED]:
        used = f"{subject(review, objective)} used {units.percent(objective.spent)} of its budget"
        yield f"{used}{_on(review, objective)}."
        if objective.slo.counted and objective.allowed < 1:
            came = objective_terms.counted_events(objective.slo)
            number = several(round(objective.valid), came.removesuffix("s"))
            yield f"A single failure takes more than its whole budget: only {number} came."
        if _would_be_met(objective):
            yield "Without that it would have been met." if review.is_over else "Without that it would be met."
    if len(missed) > NAMED:
        yield f"{several(len(missed) - NAMED, 'more objective').capitalize()} used more than the whole budget, too."


def subject(review: Review, objective: ObjectiveReview) -> str:
    """The service, with the kind of the objective if it has several: checkout (latency).

    Args:
        review: of the period. `objective`: in it.
    """
    title = review_words.title(review, objective.slo.service)
    own = [other for other in review.objectives if other.slo.service == objective.slo.service]
    if len(own) == 1:
        return title
    kinds = [other.slo.kind for other in own]
    return f"{title} ({objective.slo.kind if kinds.count(objective.slo.kind) == 1 else objective.slo.name})"


def _on(review: Review, objective: ObjectiveReview) -> str:
    """The main cause of spending: , most of it in deploy v42 on 14 Oct."""
    most = most_of(objective)
    if most is None:
        return ""
    amount = "nearly all of it" if most.bad > NEARLY_ALL * objective.bad else "most of it"
    if most.cause is Cause.BACKGROUND:
        return f", {amount} in failures outside of incidents" if objective.verdict is Verdict.MISSED else ""
    return f", {amount} in {thing(review, most)}"


def most_of(objective: ObjectiveReview) -> Spending | None:
    """The part with more than half of the spending; None without one."""
    first = max(objective.spending, key=lambda part: part.bad, default=None)
    return first if first is not None and objective.bad > 0 and first.bad > MOST * objective.bad else None


def thing(review: Review, part: Spending) -> str:
    """An incident, or the change that caused it, with its day: deploy v42 on 14 Oct.

    Args:
        review: of the period. `part`: of the spending of an objective.
    """
    day = "" if part.begins is None else f" on {review_words.day(part.begins, review.period.zone)}"
    record = review.record_of(part)
    cause = None if record is None or part.cause is not Cause.CHANGE else record.cause
    if cause is None:
        return f"one incident{day or ' that had begun before'}"
    return f"{change_text.brief(cause)}{day}"


def _would_be_met(objective: ObjectiveReview) -> bool:
    most = most_of(objective)
    return most is not None and bool(most.is_met_without)


def _narrow(review: Review) -> Iterator[str]:
    """search met its objective narrowly: 91 % of its budget was used, more from month to month."""
    meets, was = ("met", "was") if review.is_over else ("meets", "is")
    narrow = [objective for objective in review.objectives if objective.verdict is Verdict.NARROWLY]
    for objective in narrow[:NAMED]:
        worse = f", more {_from_time_to_time(review)}" if objective.trend is Trend.WORSE else ""
        used = f"{units.percent(objective.spent)} of its budget {was} used{worse}"
        yield f"{subject(review, objective)} {meets} its objective narrowly: {used}."
    falling = [
        subject(review, objective)
        for objective in review.objectives
        if objective.verdict is Verdict.MET and objective.trend is Trend.WORSE
    ]
    if falling:
        more = f" and {len(falling) - NAMED:,} more" if len(falling) > NAMED else ""
        uses = "uses more of its budget" if len(falling) == 1 else "use more of their budgets"
        yield f"{listed(falling[:NAMED])}{more} {uses} {_from_time_to_time(review)}."


def _lately(review: Review) -> Iterator[str]:
    """recommendations met its objective, but its last 7 days used 154 % of the budget of 7 days."""
    if review.until - review.period.start <= LAST_WEEK:
        return
    meets = "met" if review.is_over else "meets"
    worse = [(each.last_week, each) for each in review.objectives if each.last_week is not None and each.last_week > 1]
    met = [row for row in worse if row[1].verdict in (Verdict.MET, Verdict.NARROWLY)]
    for used, each in sorted(met, key=lambda row: -row[0])[:NAMED]:
        spent = f"its last 7 days used {units.percent(used)} of the budget of 7 days"
        yield f"{subject(review, each)} {meets} its objective, but {spent}."


def _from_time_to_time(review: Review) -> str:
    """The comparison with earlier periods: from month to month."""
    unit = review.period.unit
    word = "period" if unit is None else unit.name.lower()
    return f"from {word} to {word}"


def _agreements(review: Review) -> Iterator[str]:
    """Whether SLAs were met, and which credits are due."""
    agreed = [objective for objective in review.objectives if objective.sla is not None]
    broken = [objective for objective in agreed if objective.sla is not None and objective.sla.met is False]
    for objective in broken[:NAMED]:
        assert objective.sla is not None, "it is among those that have one"
        owed = f": a credit of {objective.sla.credit} is due" if objective.sla.credit else ""
        yield (
            f"{subject(review, objective)} missed what was agreed with customers"
            f" ({units.objective(objective.sla.objective)}){owed}."
        )
    more = len(broken) - NAMED
    if more > 0:
        were = "was" if more == 1 else "were"
        yield f"{several(more, 'more agreement').capitalize()} with customers {were} missed, too."
    unknown = any(objective.sla is not None and objective.sla.met is None for objective in agreed)
    if agreed and not broken and not unknown:
        where = " everywhere" if len(agreed) > 1 else ""
        was = "was" if review.is_over else "is"
        yield f"What was agreed with customers {was} met{where}; no credit is due."


def _incidents(review: Review) -> Iterator[str]:
    """5 incidents began, 2 of which go on; half of the others were over within 35 min."""
    figures = review.statistics
    if figures is None or not figures.number:
        return
    began = f"{several(figures.number, 'incident')} began"
    over, lasted = figures.recover.number, change_text.length(figures.recover.middle)
    if figures.number == 1:
        yield f"{began} and was over after {lasted}." if over else f"{began} and goes on."
    elif not over:
        yield f"{began} and go on."
    elif over == figures.number:
        yield f"{began}; half of them were over within {lasted}."
    else:
        goes = "one of which goes" if figures.ongoing == 1 else f"{figures.ongoing:,} of which go"
        rest = (
            f"the other one was over after {lasted}" if over == 1 else f"half of the others were over within {lasted}"
        )
        yield f"{began}, {goes} on; {rest}."


def _doubts(review: Review) -> Iterator[str]:
    """Limits of the numbers."""
    zone = review.period.zone
    begin = None if review.data_begin is None else review_words.day(review.data_begin, zone)
    if begin is not None and begin != review_words.day(review.period.start, zone):
        yield f"Data begin on {begin}."
    elif review.objectives and review.coverage < COVERED and review.number(Verdict.NO_DATA) < len(review.objectives):
        yield f"Data cover {units.percent(review.coverage)} of the time; the rest counts neither way."
    changed = [subject(review, objective) for objective in review.objectives if len(objective.held) > 1]
    if changed:
        more = f" and {len(changed) - NAMED} more" if len(changed) > NAMED else ""
        of = f"The objective of {listed(changed[:NAMED])}{more} was changed meanwhile"
        yield f"{of}: each hour is judged by what held then."
    if review.incidents_begin is not None:
        yield f"Incidents are known since {review_words.day(review.incidents_begin, zone)}."


def _service_lead(review: Review, own: Sequence[ObjectiveReview]) -> str:
    judged = [objective for objective in own if objective.verdict is not Verdict.NO_DATA]
    if not own:
        return "It has no objective."
    if not judged:
        which = "its objectives" if len(own) > 1 else "its objective"
        return f"Without {_missing(own)} nobody can tell whether it met {which}."
    met = sum(objective.verdict is not Verdict.MISSED for objective in judged)
    so_far = "" if review.is_over else "So far "
    said = _met(met, len(judged), "was" if review.is_over else "is")
    return f"{so_far}{said}." if so_far else units.sentence(said)


def _course(review: Review, objective: ObjectiveReview) -> str:
    """Availability: 0.07 % of requests failed where 0.05 % may, 140 % of its budget, most of it in deploy v42."""
    slo = objective.slo
    name = review_words.cut(slo.title or slo.kind)
    if objective.verdict is Verdict.NO_DATA:
        return f"{units.sentence(name)[:-1]}: {review_words.unknown(objective)}."
    were = {"availability": incident_text.FAILED, "latency": incident_text.SLOW}.get(slo.kind, incident_text.BAD).were
    share = objective.bad / objective.valid if objective.valid > 0 else None
    allowed = objective.allowed / objective.valid if objective.valid > 0 else None
    trend = {Trend.WORSE: " It is getting worse.", Trend.BETTER: " It is getting better.", Trend.STEADY: ""}
    failed, may = review_words.against(share, allowed)
    return (
        f"{units.sentence(name)[:-1]}: {failed} {were} where {may} may, "
        f"{units.percent(objective.spent)} of its budget{_on(review, objective)}.{trend[objective.trend]}"
    )


def _deploys(review: Review, service: str) -> str:
    """9 deploys, one of which failed."""
    known = review.deploys.get(service)
    if known is None:
        return ""
    if not known.failed:
        failed = "none of which failed" if known.number > 1 else "which did not fail"
    else:
        which = (
            "which failed" if known.number == 1 else f"{'one' if known.failed == 1 else known.failed} of which failed"
        )
        failed = which
    return f"{several(known.number, 'deploy')}, {failed}."
