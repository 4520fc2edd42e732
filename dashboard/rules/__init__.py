"""Prometheus rules for the same objectives, unit tests for them, and the queries behind each number."""

from dashboard.rules.query_texts import query_texts
from dashboard.rules.rule_files import Written, rules
from dashboard.rules.unit_tests import tests_for

__all__ = ["Written", "query_texts", "rules", "tests_for"]
