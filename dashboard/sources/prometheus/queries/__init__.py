"""PromQL for the signals, and the columns of the answers."""
