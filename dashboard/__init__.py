"""Golden signals: latency, traffic, errors and saturation of every service, live, with their error budgets."""

__version__ = "0.1.0"
