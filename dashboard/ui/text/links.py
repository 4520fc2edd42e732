"""The configured links of a service, with the service and the time filled in."""

from collections.abc import Mapping
from urllib.parse import quote

# The placeholder of the id in the address of a trace, and the title of that link in the configuration.
TRACE_ID, TRACE = "{trace_id}", "trace"


def filled(links: Mapping[str, str], service: str, begin: float, end: float) -> dict[str, str]:
    """Links with `{service}`, and `{from}` and `{to}` in epoch milliseconds, filled in; only http and https.

    The address of a trace is left out, as it needs an id.

    Args:
        links: title → address, as configured. `service`: its name. `begin`, `end`: epoch seconds.
    """
    values = {
        # Escaped, so that a name cannot end the query or start another parameter.
        "{service}": quote(service, safe=""),
        "{from}": str(int(begin) * 1000),
        "{to}": str(int(end) * 1000),
    }
    return {name: _put_in(address, values) for name, address in links.items() if _leads(address)}


def to_trace(links: Mapping[str, str], trace: str) -> str:
    """The address of a trace; empty if none is configured.

    Args:
        links: of the service, title → address. `trace`: its id.
    """
    address = links.get(TRACE, "")
    # Escaped, so that an id cannot change the address.
    return address.replace(TRACE_ID, quote(trace, safe="")) if _is_web(address) and TRACE_ID in address else ""


def _leads(address: str) -> bool:
    return _is_web(address) and TRACE_ID not in address


def _put_in(address: str, values: Mapping[str, str]) -> str:
    for mark, value in values.items():
        address = address.replace(mark, value)
    return address


def _is_web(address: str) -> bool:
    # The configuration may contain any address: `javascript:` must not become a link.
    return address.startswith(("http://", "https://"))
