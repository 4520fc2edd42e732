"""The ASGI application around the engine: routes, JSON and metrics."""
