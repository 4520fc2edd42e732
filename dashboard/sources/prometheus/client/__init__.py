"""How a server is asked: connections, bounds, refusals, decoding."""
