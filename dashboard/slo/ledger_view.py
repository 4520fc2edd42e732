"""The content of a ledger at one moment."""

from dataclasses import dataclass, field

import numpy as np

from dashboard.slo.event_rows import Rows
from dashboard.slo.exclusions import Exclusion
from dashboard.slo.newest_plan import NEWEST_SPAN, NEWEST_STEP
from dashboard.slo.objective import Slo
from dashboard.timerange import HOUR

NO_NEWEST_ROWS = Rows.nothing(0, NEWEST_STEP, NEWEST_SPAN // NEWEST_STEP, 0)
NO_ENDS = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class LedgerView:
    """The content of a ledger at one moment, for pages that show how a number was computed.

    `fine_until`: epoch seconds by objective after which its newest rows are used, if it has any.
    """

    slos: tuple[Slo, ...]
    hours: Rows
    fine: Rows
    exclusions: tuple[Exclusion, ...] = ()
    newest: Rows = NO_NEWEST_ROWS
    fine_until: np.ndarray = field(default_factory=lambda: NO_ENDS)

    def column(self, slo: Slo) -> int:
        """The position of an objective in the rows.

        Raises:
            ValueError: the ledger does not have it.
        """
        # Nearly always the same object; comparing two by content takes a hundred times as long.
        same = (place for place, other in enumerate(self.slos) if other is slo)
        place = next(same, None)
        return self.slos.index(slo) if place is None else place


EMPTY = LedgerView((), Rows.nothing(0, HOUR, 1, 0), Rows.nothing(0, 60, 1, 0))
