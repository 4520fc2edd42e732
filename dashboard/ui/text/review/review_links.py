"""Links of names in a review: to other pages on a page; none in a file, which stands alone."""

from dataclasses import dataclass
from html import escape
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Links:
    """Makes links of names, or leaves them as they are. `lead`: whether there are pages to link to."""

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
        # Unpaired surrogates cannot be encoded in a URL.
        address = escape(f"{place}{quote(name, safe='', errors='replace')}")
        return f'<a href="{address}" target="_self">{shown}</a>' if self.lead else shown


IN_FILE, ON_PAGE = Links(), Links(lead=True)
