"""Which fact causes which mail (platform.md a.6, g, i), and one mail for one outcome."""

from collections.abc import Callable, Iterable
from datetime import timedelta

import pytest
from msgspec.structs import replace

from tests.billing import receive, run
from tests.given import (
    ACTION_REQUIRED,
    ALIGN,
    DECLINED,
    FREE,
    GOLD,
    NET_30,
    NOW,
    SEAT,
    Life,
    ordered,
    paid,
)
from tests.notices import scenes
from tests.notices.scenes import ADA, BUYER, TRANSFER, VISA, told
from tollbridge.domain.customer import Customer
from tollbridge.domain.facts import Fact, Parties
from tollbridge.domain.mail import MailKind, MailState, is_address
from tollbridge.domain.mail_causes import NO_ADDRESS, NOT_AN_ADDRESS, mails_told
from tollbridge.domain.outbox import facts_of
from tollbridge.domain.payment import Outcome
from tollbridge.domain.refunding import RefundRequest
from tollbridge.domain.subscription import RenewalType

MANUAL = RenewalType.MANUAL


def kinds(facts: Iterable[Fact]) -> list[str]:
    """The mails that facts cause, in order, by their names."""
    return [mail.kind.name for mail in mails_told(facts, kept=False)]


def signed_up() -> Life:
    """Ten seats, paid with the order."""
    return paid((SEAT, 10))


def manual() -> list[Fact]:
    """What becomes of a manual renewal that nobody pays."""
    life = paid((SEAT, 10), renewal_type=MANUAL, reminder_days=7)
    known = len(life.changes)
    run(life, until=life.subscription.next_billing + timedelta(days=60))
    return told(life, known=known)


def manual_by_wire() -> list[Fact]:
    """The same, paid by wire."""
    life = ordered((SEAT, 10), method=TRANSFER, renewal_type=MANUAL, reminder_days=7)
    life.method = TRANSFER
    receive(life)
    known = len(life.changes)
    run(life, until=life.subscription.next_billing - timedelta(days=1))
    return told(life, TRANSFER, known=known)


def declined_without_grace() -> list[Fact]:
    """A renewal is declined where there is neither grace nor hold."""
    life = paid((SEAT, 10), grace_days=0, hold_days=0)
    known = len(life.changes)
    run(life, until=life.subscription.next_billing, plan=[DECLINED])
    return told(life, known=known)


def to_confirm(grace_days: int = 15) -> list[Fact]:
    """The bank wants the customer to confirm the renewal."""
    life = paid((SEAT, 10), grace_days=grace_days)
    known = len(life.changes)
    run(life, until=life.subscription.next_billing, plan=[ACTION_REQUIRED])
    return told(life, known=known)


def retried() -> list[Fact]:
    """Declined on the date and a day later."""
    life = signed_up()
    known = len(life.changes)
    run(life, until=life.subscription.next_billing + timedelta(days=1), plan=[DECLINED] * 2)
    return told(life, known=known)


def change_declined(*, hard: bool) -> list[Fact]:
    """A change is not paid; a hard decline undoes it at once (R2)."""
    life = signed_up()
    life.wait(days=5)
    life.change(quantity=12, alignment=ALIGN, generate_mail=False)
    known = len(life.changes)
    life.settle(replace(DECLINED, hard=hard))
    return told(life, known=known)


def never_paid(*, canceled: bool) -> list[Fact]:
    """An order by invoice that is cancelled, or never paid until it is."""
    life = ordered((SEAT, 10), method=NET_30)
    life.method = NET_30
    if canceled:
        life.wait(days=1)
        life.deactivate(1)
    else:
        run(life, until=NOW + timedelta(days=120))
    return told(life, NET_30)


def ended() -> list[Fact]:
    """The one renewal that was agreed has been."""
    once = replace(SEAT, id=9, recurrence_count=1)
    life = paid((once, 1), products=[once])
    known = len(life.changes)
    run(life, until=NOW + timedelta(days=70))
    return told(life, known=known)


def changed(*, mail: bool) -> list[Fact]:
    """An item is changed, one added, one removed, the rest cancelled and brought back."""
    life = paid((SEAT, 10), (GOLD, 1))
    known = len(life.changes)
    life.wait(days=1)
    life.change(quantity=12, generate_mail=mail)
    life.add(GOLD, generate_mail=mail)
    life.remove(2, mail=mail)
    life.deactivate(1, 3, mail=mail)
    life.reinstate(1, mail=mail)
    return told(life, known=known)


def no_grace() -> list[Fact]:
    """A renewal is declined where hold begins at once."""
    life = paid((SEAT, 10), grace_days=0)
    known = len(life.changes)
    run(life, until=life.subscription.next_billing, plan=[DECLINED])
    return told(life, known=known)


def not_paid(outcome: Outcome) -> Life:
    """A sign-up that comes to something else than money."""
    life = ordered((SEAT, 10))
    life.settle(outcome)
    return life


CHANGED = "UPDATE ITEM_ADDED ITEM_REMOVED CANCELED REINSTATED"
TABLE: dict[str, tuple[Callable[[], list[Fact]], str]] = {
    "sign-up, online": (lambda: told(signed_up()), "RECEIPT"),
    "sign-up, nothing to pay": (lambda: told(paid((FREE, 1))), "RECEIPT"),
    "sign-up, declined": (lambda: told(not_paid(DECLINED)), "PAYMENT_DECLINED"),
    "sign-up, to be confirmed": (lambda: told(not_paid(ACTION_REQUIRED)), "AUTHENTICATION"),
    "sign-up by wire, paid, reminded": (
        scenes.by_wire,
        "ORDER_CONFIRMATION RECEIPT RENEWAL_OFFLINE",
    ),
    "sign-up by invoice, never paid": (
        lambda: never_paid(canceled=False),
        "INVOICE NOTICE_1 NOTICE_2 NOTICE_3 ORDER_CANCELED",
    ),
    "sign-up by invoice, cancelled": (lambda: never_paid(canceled=True), "INVOICE ORDER_CANCELED"),
    "renewal, paid": (scenes.renewed, "RECEIPT"),
    "renewal, reminded": (scenes.reminded, "RENEWAL"),
    "renewal, declined": (scenes.declined, "GRACE"),
    "renewal, declined again": (retried, "GRACE PAYMENT_DECLINED"),
    "renewal, declined to the end": (
        scenes.unpaid,
        "GRACE PAYMENT_DECLINED PAYMENT_DECLINED PAYMENT_DECLINED PAYMENT_DECLINED HOLD UNPAID",
    ),
    "renewal, declined, no grace": (no_grace, "HOLD"),
    "renewal, declined, nothing left": (declined_without_grace, "UNPAID"),
    "renewal, to be confirmed": (to_confirm, "AUTHENTICATION"),
    "renewal, to be confirmed, no grace": (lambda: to_confirm(grace_days=0), "AUTHENTICATION"),
    "manual, never paid": (manual, "RENEWAL_LINK GRACE HOLD UNPAID"),
    "manual, by wire": (manual_by_wire, ""),
    "card expires": (scenes.expiring, "CARD_EXPIRY"),
    "change, paid": (scenes.upgraded, "UPDATE RECEIPT"),
    "change, declined": (lambda: change_declined(hard=False), "PAYMENT_DECLINED"),
    "change, declined for good": (lambda: change_declined(hard=True), "ROLLED_BACK"),
    "changes with GenerateMail": (lambda: changed(mail=True), CHANGED),
    "changes without": (lambda: changed(mail=False), ""),
    "date and renewal type": (scenes.moved, ""),
    "profile": (scenes.profile, ""),
    "merged": (lambda: scenes.merged()[0], "UPDATE RECEIPT"),
    "merged into another": (lambda: scenes.merged()[1], ""),
    "refunded": (lambda: scenes.of_part(RefundRequest()), "REFUND"),
    "refunded in part": (lambda: scenes.of_part(RefundRequest(lines=(1,))), "REFUND"),
    "charged back": (scenes.charged_back, "CHARGEBACK CANCELED"),
    "finished": (ended, "RECEIPT FINISHED"),
    "one order, two subscriptions": (scenes.two_calendars, "PAYMENT_DECLINED RECEIPT"),
}


@pytest.mark.parametrize("name", TABLE)
def test_what_causes_which_mail(name: str) -> None:
    """platform.md a.6: the last column; R2, R16, R20, R21: what else a customer has to know."""
    facts, expected = TABLE[name]
    assert " ".join(kinds(facts())) == expected


def test_every_kind_is_caused() -> None:
    """But for what is delivered, whose own test is below."""
    caused = {kind for facts, _ in TABLE.values() for kind in kinds(facts())}
    assert caused == set(MailKind.__members__) - {"DELIVERY"}


def facts_for(customer: Customer) -> list[Fact]:
    """The sign-up of this customer."""
    parties = Parties(customer, VISA)
    return [fact for change in signed_up().changes for fact in facts_of(change, parties)]


def test_what_is_for_somebody_else_is_told_to_them() -> None:
    """platform.md i: DEL_CU goes to the delivery contact; not where that is the same person."""
    for_ben = replace(BUYER, delivery=replace(ADA, email="ben@customer.example"))
    receipt, delivery = mails_told(facts_for(for_ben), kept=False)
    assert (receipt.kind, receipt.recipient) == (MailKind.RECEIPT, ADA.email)
    assert (delivery.kind, delivery.recipient) == (MailKind.DELIVERY, "ben@customer.example")
    for email in ("", ADA.email.upper()):
        same = replace(BUYER, delivery=replace(ADA, email=email))
        assert [mail.kind for mail in mails_told(facts_for(same), kept=False)] == [MailKind.RECEIPT]


@pytest.mark.parametrize(
    ("email", "error"),
    [("", NO_ADDRESS), ("nobody", NOT_AN_ADDRESS), ("a@b\r\nBcc: c@d", NOT_AN_ADDRESS)],
)
def test_without_an_address_a_mail_is_skipped(email: str, error: str) -> None:
    """It stands in the list with its reason, and is never due; in a sandbox too."""
    customer = replace(BUYER, billing=replace(ADA, email=email))
    for kept in (False, True):
        (mail,) = mails_told(facts_for(customer), kept=kept)
        assert (mail.state, mail.error, mail.due_at) == (MailState.SKIPPED, error, None)


def test_a_mail_says_what_it_is_about() -> None:
    """Whom it goes to, in which language, about which purchase, when, and what becomes of it."""
    facts = told(signed_up())
    (mail,) = mails_told(facts, kept=False)
    assert (mail.recipient, mail.language) == (ADA.email, "en")
    assert (mail.subscription_id, mail.purchase_id, mail.customer_id) == (7, 100, BUYER.id)
    assert (mail.state, mail.due_at, mail.created_at) == (MailState.WAITING, NOW, NOW)
    (kept,) = mails_told(facts, kept=True)
    assert (kept.state, kept.due_at) == (MailState.KEPT, None)


def test_one_order_is_one_receipt_of_all_its_subscriptions() -> None:
    """Facts of one subject, type, time and stream."""
    receipt = mails_told(scenes.two_calendars(), kept=False)[-1]
    assert [key.subscription_id for key in receipt.facts] == [scenes.MONTH, scenes.YEAR]


def test_what_happens_twice_is_told_twice() -> None:
    """Also where a clock that stands shows one time for both."""
    life = signed_up()
    known = len(life.changes)
    life.change(quantity=11)
    life.change(quantity=12, generate_mail=False)
    life.change(quantity=13)
    assert kinds(told(life, known=known)) == ["UPDATE", "UPDATE"]


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("anna@customer.example", True),
        ("anna.b+c@sub.customer.example", True),
        ("änna@kunde.example", True),
        ("", False),
        ("anna", False),
        ("anna@", False),
        ("@customer.example", False),
        ("anna@a@b", False),
        ("anna @customer.example", False),
        ("anna@customer.example\n", False),
        ("Anna <anna@customer.example>", False),
        ("anna@customer.example, ben@customer.example", False),
        ('"a"@customer.example', False),
        ("a\u2028@customer.example", False),
        ("a" * 300 + "@customer.example", False),
    ],
)
def test_addresses(text: str, good: bool) -> None:  # noqa: FBT001 - a table
    """What can stand in a header as one address, and nothing else."""
    assert is_address(text) is good


def test_a_payment_confirmed_too_late_asks_again() -> None:
    """What the customer did not confirm was declined: the link to pay goes out."""
    life = signed_up()
    known = len(life.changes)
    run(life, until=life.subscription.next_billing, plan=[ACTION_REQUIRED])
    life.wait(days=3)
    life.settle(DECLINED)
    assert kinds(told(life, known=known)) == ["AUTHENTICATION", "PAYMENT_DECLINED"]
