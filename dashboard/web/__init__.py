"""The ASGI application: routes, JSON and metrics."""
