"""Asks several Alertmanagers in parallel, so that one may be down."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace

from dashboard.alerts.alertmanager import Routing
from dashboard.alerts.joined_routing import joined
from dashboard.exceptions import SourceError
from dashboard.sources.alertmanager.client import Alertmanager


class Alertmanagers:
    """One or several, such as the members of a cluster.

    Args:
        members: one at least.

    Attributes:
        where: their addresses without secrets, to be shown.
    """

    def __init__(self, members: Sequence[Alertmanager]) -> None:
        self._members = members
        self.where = ", ".join(member.where for member in members)

    def routing(self, now: float) -> Routing:
        """What they say now (epoch seconds), and which of them said nothing.

        Raises:
            SourceError: none of them answered, or none with its API.
        """
        # At once: one that hangs keeps the others waiting for one time limit, not each for its own.
        with ThreadPoolExecutor(len(self._members), thread_name_prefix="alertmanagers") as pool:
            asked = [pool.submit(copy_context().run, _ask, member, now) for member in self._members]
        answers = [future.result() for future in asked]
        routings = [answer for answer in answers if isinstance(answer, Routing)]
        errors = [answer for answer in answers if isinstance(answer, SourceError)]
        if not routings:
            raise errors[0]
        return replace(joined(routings), asked=len(answers), unreachable=tuple(str(error) for error in errors))

    def close(self) -> None:
        """Close the connections."""
        for member in self._members:
            member.close()


def _ask(member: Alertmanager, now: float) -> Routing | SourceError:
    try:
        return member.routing(now)
    except SourceError as error:
        return error
