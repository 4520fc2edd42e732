"""Who can reach the dashboard, which has no login of its own, and a warning about that."""

import ipaddress


def no_login(host: str) -> str | None:
    """A warning of a sentence or two if others can reach the dashboard; None if only this machine can.

    Args:
        host: the name or address listened on; empty: all interfaces.
    """
    if _is_loopback(host):
        return None
    return (
        f"there is no login: everybody who reaches {host or 'any address of this machine'} sees everything. "
        "Put a reverse proxy with a login before it, and name the host that it is reached by in allowed_hosts"
    )


def _is_loopback(host: str) -> bool:
    if host.casefold().rstrip(".") == "localhost" or host.casefold().endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
