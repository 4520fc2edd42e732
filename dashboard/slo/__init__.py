"""Pure: events in, budget, burn rate and state out."""
