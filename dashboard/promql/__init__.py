"""PromQL: what an operator wrote, parsed and rewritten; nothing here asks a server."""

from dashboard.promql.counting import counters, diagnostics, metrics, over, plain, quoted, single

__all__ = ["counters", "diagnostics", "metrics", "over", "plain", "quoted", "single"]
