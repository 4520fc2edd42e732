"""The address a server listens on: check that it can be used, and format it for a URL."""

import socket

from dashboard.exceptions import ConfigError


def check(host: str, port: int) -> None:
    """Check that a server could listen here, by binding a socket and closing it again.

    Raises:
        ConfigError: the host is not an address of this machine, or the port is in use or not permitted.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family) as attempt:
            # Servers set this option too: without it, the port of a server that has just stopped would look taken.
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            attempt.bind((host, port))
    except (OSError, TypeError) as error:
        # For a name that cannot be encoded, `socket` raises a TypeError.
        why = getattr(error, "strerror", None) or "is no name of a host"
        raise ConfigError(f"{host}:{port}: cannot be listened on: {why}: choose another --host or --port") from None


def in_url(host: str) -> str:
    """The host as it appears in a URL for a user on this machine."""
    # A wildcard address cannot be opened in every browser.
    if host in ("", "0.0.0.0", "::"):
        return "localhost"
    # https://www.rfc-editor.org/rfc/rfc3986#section-3.2.2
    return f"[{host}]" if ":" in host else host
