"""Where names in a review lead: on a page to other pages; in a file, which stands alone, nowhere."""

from dataclasses import dataclass
from html import escape
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Links:
    """Makes links of names, or leaves them as they are. `lead`: there are pages that they lead to."""

    lead: bool = False

    def service(self, service: str, shown: str) -> str:
        """The name of a service; `shown`: as HTML."""
        return self._link("service?service=", service, shown)

    def objective(self, slo: str, shown: str) -> str:
        """The name of an objective; `shown`: as HTML."""
        return self._link("objectives?slo=", slo, shown)

    def incident(self, number: str, shown: str) -> str:
        """The title of an incident; `number`: its id. `shown`: as HTML."""
        return self._link("incidents?incident=", number, shown)

    def _link(self, place: str, name: str, shown: str) -> str:
        # Halves of pairs of signs have no place in an address.
        address = escape(f"{place}{quote(name, safe='', errors='replace')}")
        return f'<a href="{address}" target="_self">{shown}</a>' if self.lead else shown


IN_FILE, ON_PAGE = Links(), Links(lead=True)
