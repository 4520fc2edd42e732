"""Prometheus rules for the same objectives, unit tests for them, and the queries behind each number."""

from dashboard.rules.texts import query_texts
from dashboard.rules.unit_tests import tests_for
from dashboard.rules.writing import Written, rules

__all__ = ["Written", "query_texts", "rules", "tests_for"]
