"""The state store: additions by people and senders, and data that sources forget; only this package writes it."""
