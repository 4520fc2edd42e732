"""Where a server listens: whether that can be, asked before anything is opened, and how a URL names it."""

import socket

from dashboard.exceptions import ConfigError


def check(host: str, port: int) -> None:
    """Bind to it, and let go.

    Raises:
        ConfigError: the host is no address of this machine, the port is taken or not allowed.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family) as attempt:
            # As servers do: the port of one that ended a moment ago is free.
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            attempt.bind((host, port))
    except (OSError, TypeError) as error:
        # Of a name that cannot be encoded `socket` says that it has the wrong type.
        why = getattr(error, "strerror", None) or "is no name of a host"
        raise ConfigError(f"{host}:{port}: cannot be listened on: {why}: choose another --host or --port") from None


def in_url(host: str) -> str:
    """The host as a URL names it, for somebody on this machine."""
    # Where everything is listened on, the address is none to open: not every browser understands 0.0.0.0.
    if host in ("", "0.0.0.0", "::"):
        return "localhost"
    # https://www.rfc-editor.org/rfc/rfc3986#section-3.2.2
    return f"[{host}]" if ":" in host else host
