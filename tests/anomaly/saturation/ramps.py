"""Levels that fill and levels that do not, seeded, with the moment each is full; and how a page by forecasts does."""

from dataclasses import dataclass, field

import numpy as np

from dashboard.anomaly.saturation.time_to_full import TimeToFull, times_to_full
from dashboard.timerange import DAY, HOUR

STEP = 300
PER_DAY = 288
HISTORY = 5 * PER_DAY
AHEAD = 3 * PER_DAY
FILLING = ("linear", "linear + season", "leak starts", "accelerating")
CALM = ("noise", "season", "plateau", "step")


@dataclass(frozen=True)
class Ramp:
    """Shape (rows,); `full` is the row at which the level without its noise is at the limit, None if never."""

    kind: str
    values: np.ndarray
    full: int | None


def ramp(kind: str, rng: np.random.Generator, noise: float = 0.01) -> Ramp:
    rows = np.arange(HISTORY + AHEAD, dtype=float)
    hours = rows / 12
    swing = rng.uniform(0.08, 0.15) * np.cos(2 * np.pi * (hours - rng.uniform(0, 24)) / 24)
    base, begin = rng.uniform(0.25, 0.45), float(HISTORY)
    if kind == "linear":
        level = base + (1 - base) * rows / (HISTORY + rng.uniform(0.3, 0.9) * AHEAD)
    elif kind == "linear + season":
        level = base + swing + (0.9 - base) * rows / (HISTORY + rng.uniform(0.3, 0.9) * AHEAD)
    elif kind == "leak starts":
        level = base + np.clip(rows - begin, 0, None) / (12 * rng.uniform(9, 30)) * (1 - base)
    elif kind == "accelerating":
        duration = 12 * rng.uniform(18, 48)
        level = base + (1 - base) * np.clip((rows - begin) / duration, 0, None) ** rng.uniform(2, 3)
    elif kind == "noise":
        level = base + 0 * rows
    elif kind == "season":
        level = base + 0.2 + 1.5 * swing
    elif kind == "plateau":
        level = base + 0.35 * np.clip((rows - begin) / (12 * rng.uniform(6, 24)), 0, 1)
    else:
        level = base + 0.3 * (rows > begin + 12 * rng.uniform(2, 30))
    reached = np.flatnonzero(level >= 1)
    drift = np.convolve(rng.normal(0, noise, len(rows) + 5), np.full(6, 1 / 6**0.5), "valid")
    full = int(reached[0]) if len(reached) else None
    return Ramp(kind, level + (drift + rng.normal(0, noise, len(rows))) / 2**0.5, full)


def ramps(kind: str, count: int, seed: int) -> list[Ramp]:
    return [ramp(kind, np.random.default_rng([seed, len(kind), ord(kind[0]), number])) for number in range(count)]


@dataclass
class Course:
    """One level's forecasts every 15 minutes, up to when it is full."""

    ramp: Ramp
    warned: bool = False
    false_pages: int = 0
    calm: int = 0
    asked: int = 0
    errors: list[float] = field(default_factory=list)
    inside: list[bool] = field(default_factory=list)
    _soon: int = 0

    def judge(self, now: int, answer: TimeToFull) -> None:
        lead = np.inf if self.ramp.full is None else (self.ramp.full - now - 0.5) * STEP
        if lead <= 0:
            return
        self._soon = self._soon + 1 if answer.seconds is not None and answer.seconds < 4 * HOUR else 0
        self.warned |= self._soon >= 3 and lead <= 8 * HOUR
        self.false_pages += self._soon == 3 and lead > 8 * HOUR
        self.calm += lead > 8 * HOUR
        if 2 * HOUR <= lead <= 6 * HOUR:
            self._compared(lead, answer)

    def _compared(self, lead: float, answer: TimeToFull) -> None:
        self.asked += 1
        if answer.seconds is not None and answer.early is not None:
            self.errors.append(abs(np.log2(max(answer.seconds, 60) / lead)))
            self.inside.append(answer.early <= lead <= (np.inf if answer.late is None else answer.late))


@dataclass(frozen=True)
class Score:
    """`warned` of `filling` within 8 h before full; at 2–6 h lead the median error in doublings, the share of truths
    inside the interval, and the share of moments with a forecast; pages earlier than that or of what never fills.
    """

    warned: int
    filling: int
    error: float
    inside: float
    answered: float
    false_pages: int
    weeks: float


def scores(kinds: tuple[str, ...], count: int, seed: int, history: int) -> dict[str, Score]:
    """Page when time to full is below 4 h three times 15 minutes apart; `history` rows are known at each moment."""
    courses = {kind: [Course(ramp) for ramp in ramps(kind, count, seed)] for kind in kinds}
    every = [course for of_kind in courses.values() for course in of_kind]
    values = np.stack([course.ramp.values for course in every], axis=1)
    for now in range(HISTORY, HISTORY + AHEAD, 3):
        for course, answer in zip(every, times_to_full(values[now + 1 - history : now + 1], step=STEP), strict=True):
            course.judge(now, answer)
    return {kind: _score(of_kind) for kind, of_kind in courses.items()}


def _score(courses: list[Course]) -> Score:
    errors = [error for course in courses for error in course.errors]
    inside = [was for course in courses for was in course.inside]
    return Score(
        sum(course.warned for course in courses),
        sum(course.ramp.full is not None for course in courses),
        float(np.median(errors)) if errors else np.nan,
        float(np.mean(inside)) if inside else np.nan,
        len(errors) / max(1, sum(course.asked for course in courses)),
        sum(course.false_pages for course in courses),
        sum(course.calm for course in courses) * 900 / (7 * DAY),
    )
