"""Prometheus rules for the same objectives, unit tests for them, and the queries behind each number."""

from dashboard.slo.rules.texts import query_texts
from dashboard.slo.rules.unit_tests import tests_for
from dashboard.slo.rules.writing import Written, rules

__all__ = ["Written", "query_texts", "rules", "tests_for"]
