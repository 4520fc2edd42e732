"""PromQL: an operator's query, parsed and rewritten; nothing here asks a server."""

from dashboard.promql.counter_difference import Difference
from dashboard.promql.counter_increase import counted_selectors, increase_over
from dashboard.promql.literals import label_name, quoted
from dashboard.promql.lookback import seen_within
from dashboard.promql.narrowing import narrowed
from dashboard.promql.partition import Merge, about, labels_to_part_by, merge_by
from dashboard.promql.pitfalls import diagnostics
from dashboard.promql.rendering import spell_numbers
from dashboard.promql.selected import LabelMatcher, Selector, selectors, unmet
from dashboard.promql.syntax_tree import as_one_series, function_names, metric_names
from dashboard.promql.templates import DEFAULT_WINDOW, fill_templates

__all__ = [
    "DEFAULT_WINDOW",
    "Difference",
    "LabelMatcher",
    "Merge",
    "Selector",
    "about",
    "as_one_series",
    "counted_selectors",
    "diagnostics",
    "fill_templates",
    "function_names",
    "increase_over",
    "label_name",
    "labels_to_part_by",
    "merge_by",
    "metric_names",
    "narrowed",
    "quoted",
    "seen_within",
    "selectors",
    "spell_numbers",
    "unmet",
]
