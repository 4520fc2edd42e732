"""Queues made for tests: use by the hour under a daily traffic, and the load at which it is full."""

import numpy as np

from dashboard.capacity.hours import HOURS

FINE, WINDOW_S = 12, 300.0


def daily_traffic(rng: np.random.Generator, low: float, high: float) -> np.ndarray:
    """Requests per second by the hour, quieter at weekends, shape (720,).

    Args:
        rng: of the noise. `low`, `high`: about the lowest and the highest.
    """
    hours = np.arange(HOURS)
    day = 0.5 - 0.5 * np.cos(hours * 2 * np.pi / 24)
    busy = np.where((hours // 24) % 7 >= 5, 0.75, 1.0) * np.clip(1 + 0.04 * rng.normal(size=HOURS), 0.5, 1.5)
    return np.asarray(np.maximum(low + (high - low) * day * busy, low * 0.5))


def busy_servers(rng: np.random.Generator, spread: float) -> tuple[np.ndarray, np.ndarray, float]:
    """An M/M/c queue: the share of its servers that is busy, the traffic, and the load at which all are.

    Servers hold λ/μ requests on average (Little's law); the mean of five minutes scatters by √(2·λ/μ·τ/T), with the
    service time τ = 1/μ and T = 300 s.

    Args:
        rng: of what it is like. `spread`: highest to lowest traffic.
    """
    servers, rate = int(rng.integers(8, 200)), 10 ** rng.uniform(-1, 1.3)
    full = servers * rate
    high = full * rng.uniform(0.45, 0.85)
    traffic = daily_traffic(rng, high / spread, high)
    offered = traffic / rate
    scatter = np.sqrt(2 * offered / rate / WINDOW_S)[:, None] * rng.normal(size=(HOURS, FINE))
    use = np.clip((offered[:, None] + scatter) / servers, 0, 1).max(axis=1)
    return use, traffic, full


def scalable(rng: np.random.Generator, noise: float) -> tuple[np.ndarray, np.ndarray, float]:
    """A system by the Universal Scalability Law: share of its threads in use, traffic, and the load at full.

    Args:
        rng: of what it is like. `noise`: share of the threads in use.
    """
    threads = int(rng.integers(16, 400))
    contention, coherency = rng.uniform(0, 2) / threads, 10 ** rng.uniform(-1.5, 1) / threads**2 / 10
    n = np.linspace(0.01, threads, 4000)
    throughput = rng.uniform(1, 20) * n / (1 + contention * (n - 1) + coherency * n * (n - 1))
    most = int(np.argmax(throughput))
    full = float(throughput[most])
    high = full * rng.uniform(0.7, 0.9)
    traffic = np.minimum(daily_traffic(rng, high / rng.uniform(3.5, 8), high), full * 0.97)
    held = np.interp(traffic, throughput[: most + 1], n[: most + 1])
    return np.clip(held * (1 + noise * rng.normal(size=HOURS)) / threads, 0, 1), traffic, full
