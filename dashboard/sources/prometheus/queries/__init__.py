"""The PromQL that asks for signals, and where the answers go."""
