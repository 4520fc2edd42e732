"""One service: its signals, what spends its budget, comparisons, breakdowns, traces."""
