"""Prometheus rules for SLOs, unit tests for these rules, and the queries behind each number of an SLO."""

from dashboard.rules.query_texts import query_texts
from dashboard.rules.rule_files import RuleFile, write_rules
from dashboard.rules.unit_tests import write_rule_tests

__all__ = ["RuleFile", "query_texts", "write_rule_tests", "write_rules"]
