"""Mails in the store: made with what is told, found, sent once, and what became of them."""

from collections.abc import Iterable
from datetime import timedelta

import pytest
from msgspec.structs import replace

from tests.contract.storing import paid, parties, saved, signed_up
from tests.given import MERCHANT_ID, NOW
from tollbridge.domain.mail import Mail, MailKind, MailState
from tollbridge.domain.mail_causes import mails_told
from tollbridge.domain.notification import FactKey
from tollbridge.ports import SLOTS, MailPlace, MailSearch, Series, Store

HOUR = timedelta(hours=1)


def mail(number: int, **more: object) -> Mail:
    """A receipt of sign-up number `number`, so many hours after the beginning."""
    plain = Mail(
        merchant_id=MERCHANT_ID,
        id=number,
        kind=MailKind.RECEIPT,
        state=MailState.WAITING,
        facts=(FactKey(1000 + number, 1),),
        stream=2000 + number,
        subscription_id=1000 + number,
        purchase_id=2000 + number,
        customer_id=3000 + number,
        recipient=f"Customer{number}@Example.org",
        language="de",
        created_at=NOW + number * HOUR,
        due_at=NOW + number * HOUR,
    )
    return replace(plain, **more)


def ids(mails: Iterable[Mail]) -> list[int]:
    """Which mails these are."""
    return [one.id for one in mails]


@pytest.fixture
def mailed(store: Store) -> Store:
    """Five mails to three customers who signed up."""
    saved(store, *(signed_up(number) for number in (1, 2, 3)))
    shared = (FactKey(1003, 2), FactKey(1002, 1))
    store.put_mails(
        [
            mail(1),
            mail(2),
            mail(3),
            mail(4, kind=MailKind.GRACE, subscription_id=1001, customer_id=3001, purchase_id=0),
            mail(5, subscription_id=1003, customer_id=3002, facts=shared, state=MailState.KEPT),
        ]
    )
    return store


def test_a_mail_comes_back_as_it_was(store: Store) -> None:
    """Every field, with a bounce and everything else that can become of it."""
    told = mail(
        7,
        state=MailState.BOUNCED,
        facts=(FactKey(1, 2), FactKey(3, 4)),
        due_at=None,
        tries=3,
        sent_at=NOW + HOUR,
        subject="お支払い",
        error="user unknown",
        message_id="<1@example.org>",
    )
    store.put_mails([told, mail(8)])
    assert store.mail(MERCHANT_ID, 7) == told
    assert store.mail(MERCHANT_ID, 8) == mail(8)
    assert store.mail(MERCHANT_ID, 9) is None
    assert store.mail(MERCHANT_ID + 1, 7) is None


SEARCHES: dict[str, tuple[MailSearch, list[int]]] = {
    "all": (MailSearch(), [5, 4, 3, 2, 1]),
    "kind": (MailSearch(kind=MailKind.GRACE), [4]),
    "state": (MailSearch(state=MailState.KEPT), [5]),
    "recipient in any case": (MailSearch(recipient="CUSTOMER2@example.ORG"), [2]),
    "customer": (MailSearch(customer_id=3001), [4, 1]),
    "subscription": (MailSearch(subscription_id=1001), [4, 1]),
    "subscription that shares": (MailSearch(subscription_id=1002), [5, 2]),
    "purchase": (MailSearch(purchase_id=2002), [2]),
    "two at once": (MailSearch(customer_id=3001, kind=MailKind.GRACE), [4]),
    "nobody's subscription": (MailSearch(subscription_id=5), []),
    "nobody's purchase": (MailSearch(purchase_id=5), []),
    "what does not fit": (MailSearch(customer_id=3001, subscription_id=1002), []),
    "a wildcard": (MailSearch(recipient="%"), []),
}


@pytest.mark.parametrize("name", SEARCHES)
def test_what_is_looked_for(mailed: Store, name: str) -> None:
    """The newest first; all that is given must hold."""
    wanted, found = SEARCHES[name]
    assert ids(mailed.mails(MERCHANT_ID, wanted)) == found


def test_pages(mailed: Store) -> None:
    """Each goes on where the one before ended, also among mails of one instant."""
    twins = [mail(number, created_at=NOW + HOUR) for number in (11, 12, 13)]
    mailed.put_mails(twins)
    seen: list[int] = []
    below: MailPlace | None = None
    while page := mailed.mails(MERCHANT_ID, MailSearch(), below, 2):
        assert len(page) <= 2
        seen += ids(page)
        below = MailPlace(page[-1].created_at, page[-1].id)
    assert seen == [5, 4, 3, 2, 13, 12, 11, 1]


def test_what_is_to_be_sent(mailed: Store) -> None:
    """What waits and is due, the longest due first; nothing that is kept or sent."""
    mailed.put_mails([mail(6, state=MailState.SKIPPED, due_at=None)])
    until = NOW + 3 * HOUR
    assert ids(mailed.mails_to_send(MERCHANT_ID, until, 10)) == [1, 2, 3]
    assert ids(mailed.mails_to_send(MERCHANT_ID, until, 2)) == [1, 2]
    sent = replace(mail(1), state=MailState.SENT, due_at=None, sent_at=until, tries=1)
    later = replace(mail(2), due_at=until + HOUR, tries=1)
    assert mailed.note_mail(mail(1), sent)
    assert mailed.note_mail(mail(2), later)
    assert ids(mailed.mails_to_send(MERCHANT_ID, until, 10)) == [3]
    assert mailed.mail(MERCHANT_ID, 1) == sent
    assert mailed.mail(MERCHANT_ID, 2) == later


def test_two_who_note_at_once(mailed: Store) -> None:
    """The second finds that something was noted since, and changes nothing."""
    before = mail(1)
    sent = replace(before, state=MailState.SENT, due_at=None, tries=1)
    assert mailed.note_mail(before, sent)
    failed = replace(before, state=MailState.FAILED, due_at=None, tries=1)
    assert not mailed.note_mail(before, failed)
    assert not mailed.note_mail(replace(before, merchant_id=9), replace(failed, merchant_id=9))
    assert mailed.mail(MERCHANT_ID, 1) == sent
    bounced = replace(sent, state=MailState.BOUNCED)
    assert mailed.note_mail(sent, bounced)
    assert not mailed.note_mail(sent, bounced)


def test_mails_are_made_with_what_is_told(store: Store) -> None:
    """In the transaction that tells: of two who tell the same, one makes mails."""
    paid(store, 1)
    stream = 2001
    [untold] = store.untold(MERCHANT_ID, stream % SLOTS, stream - 1, 1)
    number = store.issue_ids(MERCHANT_ID, Series.MAIL)[0]
    receipt, _ = mails_told(untold.facts, kept=False)  # and what is for the delivery contact
    receipt = replace(receipt, id=number)
    assert store.tell(MERCHANT_ID, stream % SLOTS, [untold], [], [receipt])
    again = replace(receipt, id=number + 1)
    assert not store.tell(MERCHANT_ID, stream % SLOTS, [untold], [], [again])
    assert store.mails(MERCHANT_ID, MailSearch()) == (receipt,)
    assert receipt.recipient == parties(1).customer.billing.email
    facts = store.facts_of_mails(MERCHANT_ID, [receipt, mail(9)])
    assert facts == (untold.facts, ())


def test_ids_are_never_given_twice(store: Store) -> None:
    """Also where rows with such ids are there already."""
    store.put_mails([mail(50)])
    assert store.issue_ids(MERCHANT_ID, Series.MAIL)[0] == 51
