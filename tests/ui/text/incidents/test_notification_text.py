"""What people read of an incident: whole sentences, plain, with numbers that can be checked."""

from dataclasses import replace

import pytest

from dashboard.incidents.incident import Correctable, Incident, Severity
from dashboard.notifications.spec import EventKind
from dashboard.notifications.status import ReceiverStatus
from dashboard.ui.text.incidents.notification_text import body, counts, problem, sentence, title
from tests.notifications.samples import NOW, closed, impact, incident, ticket

MANY = incident(services=("checkout", "payments", "cart", "search", "mail"))


@pytest.mark.parametrize(
    ("kind", "subject", "expected"),
    [
        (EventKind.OPEN, incident(), "Page: Checkout"),
        (EventKind.OPEN, ticket(), "Ticket: Checkout"),
        (EventKind.OPEN, incident(severity=Severity.ANOMALY), "Anomaly: Checkout"),
        (EventKind.ESCALATION, incident(), "Now a page: Checkout"),
        (
            EventKind.CHANGE,
            incident(services=("checkout", "payments")),
            "More services affected: Checkout and Payments",
        ),
        (EventKind.CLOSE, closed(MANY), "Resolved: Checkout, Payments, Cart and 2 more"),
        (EventKind.CLOSE, incident(corrections={Correctable.TITLE: "Bad deploy"}), "Resolved: Bad deploy"),
    ],
)
def test_the_title_says_what_happened_to_what(kind: EventKind, subject: Incident, expected: str) -> None:
    assert title(kind, subject, str.capitalize) == expected


def test_names_break_no_line_and_begin_no_header() -> None:
    hostile = "checkout\r\nBcc: all@example.org\x1b[2J\u2028x"
    subject = incident(services=(hostile, "y" * 500))
    head = title(EventKind.OPEN, subject, str)
    assert head.startswith("Page: checkout Bcc: all@example.org [2J x and yyy")
    assert len(head) == 200
    written = sentence(replace(subject, impacts=(impact(slo=hostile),)), "UTC", NOW)
    assert written.isprintable()
    assert "budget of checkout Bcc: all@example.org [2J x." in written


def test_an_open_one_says_since_when_and_how_bad_it_is() -> None:
    assert sentence(incident(), "Europe/Berlin", NOW) == (
        "Since 29 Nov 03:38 CET 3.6 % of requests have failed: 920 of 25,500, where 0.10 % is allowed. "
        "It took 7.1 % of the 30-day budget of checkout-availability."
    )


def test_one_that_is_over_says_how_long_it_lasted_and_what_else_it_concerned() -> None:
    over = closed(replace(MANY, impacts=(impact("cart", budget_share=None), *MANY.impacts[:2])))
    assert sentence(over, "UTC", NOW) == (
        "For 34 min from 29 Nov 02:38 UTC 3.6 % of requests failed: 920 of 25,500, where 0.10 % is allowed. "
        "It took 7.1 % of the 30-day budget of checkout-availability. "
        "Also affected: cart-availability and payments-availability."
    )


def test_what_cannot_be_told_is_left_out() -> None:
    unknown = replace(incident(), impacts=(impact(bad=0.0, valid=0.0, budget_share=None, kind="latency"),))
    assert sentence(unknown, "UTC", NOW) == ("Since 29 Nov 02:38 UTC slow requests: 0 of 0, where 0.10 % is allowed.")
    assert body("It burns.", "") == "It burns."
    assert body("It burns.", "https://a/incidents") == "It burns.\nhttps://a/incidents"


@pytest.mark.parametrize(
    ("status", "counted", "said"),
    [
        ({}, "none yet", ""),
        ({"waiting": 2}, "2 wait", ""),
        ({"arrived": 5, "problem": "answered 500"}, "5 arrived", ""),
        ({"waiting": 2, "problem": "answered 500"}, "2 wait", "It is tried again: answered 500."),
        (
            {"arrived": 3, "given_up": 1, "problem": "answered 410"},
            "3 arrived, 1 given up",
            "1 notification was given up: answered 410.",
        ),
        ({"given_up": 1200}, "1,200 given up", "1,200 notifications were given up: nobody could send it."),
    ],
)
def test_a_receiver_says_how_it_goes_and_what_is_wrong(status: dict[str, object], counted: str, said: str) -> None:
    receiver = ReceiverStatus(name="slack", kind="message", **status)  # type: ignore[arg-type]
    assert (counts(receiver), problem(receiver)) == (counted, said)
