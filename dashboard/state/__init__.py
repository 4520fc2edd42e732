"""The state store: what people and senders add, and what sources forget; nothing else writes it."""
