"""Links of a service as the configuration has them, with the service and the time put in."""

from collections.abc import Mapping
from urllib.parse import quote

# What the address of a trace holds instead of its id, and the title of that link in the configuration.
TRACE_ID, TRACE = "{trace_id}", "trace"


def filled(links: Mapping[str, str], service: str, begin: float, end: float) -> dict[str, str]:
    """Links with `{service}`, and `{from}` and `{to}` in epoch milliseconds, put in; only those that lead to the web.

    The address of a trace is left out: without an id it leads nowhere.

    Args:
        links: title → address, as configured. `service`: its name. `begin`, `end`: epoch seconds.
    """
    values = {
        # Nothing of a name may end the query and begin another parameter.
        "{service}": quote(service, safe=""),
        "{from}": str(int(begin) * 1000),
        "{to}": str(int(end) * 1000),
    }
    return {name: _put_in(address, values) for name, address in links.items() if _leads(address)}


def to_trace(links: Mapping[str, str], trace: str) -> str:
    """The address of a trace; empty if the configuration names none.

    Args:
        links: of the service, title → address. `trace`: its id.
    """
    address = links.get(TRACE, "")
    # Nothing of an id may lead elsewhere.
    return address.replace(TRACE_ID, quote(trace, safe="")) if _is_web(address) and TRACE_ID in address else ""


def _leads(address: str) -> bool:
    return _is_web(address) and TRACE_ID not in address


def _put_in(address: str, values: Mapping[str, str]) -> str:
    for mark, value in values.items():
        address = address.replace(mark, value)
    return address


def _is_web(address: str) -> bool:
    # Whoever writes the configuration may name any address: `javascript:` must not become a link.
    return address.startswith(("http://", "https://"))
