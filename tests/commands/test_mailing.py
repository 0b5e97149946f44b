"""Mails to customers on their way: sent once, tried again, given up, kept where they belong."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace as altered
from datetime import timedelta
from email.message import EmailMessage

import pytest
from msgspec.structs import replace

from tests.contract.mail_server import HANG_UP, MailServerStub
from tests.given import SEAT, TAX
from tests.rest.world import CLOUDIFY, LIVE, PUBLIC_URL, START, World
from tollbridge.commands.note_bounce import note_bounce
from tollbridge.domain.customer import Contact
from tollbridge.domain.mail import LONGEST_WAIT, OLDEST, RETRY_WAITS, Mail, MailKind, MailState
from tollbridge.domain.refusal import NotAllowed, NotFound
from tollbridge.domain.schedule import Interval
from tollbridge.flows.leases import Leases
from tollbridge.flows.mailing import IN_A_ROW, MAILING, Mailed, Mailing
from tollbridge.flows.telling import Telling
from tollbridge.flows.time_travel import advance
from tollbridge.mails.writing import MailWriter
from tollbridge.outbound.smtp import SmtpMailer
from tollbridge.ports import (
    Mailer,
    MailRefusedError,
    MailSearch,
    MailServer,
    MailUnavailableError,
    Platform,
)
from tollbridge.queries.mails import read_mail, read_mails
from tollbridge.worker.mails import Mails, mail_loops

EMAIL = "anna@customer.example"
LATER, NEVER = MailUnavailableError("later"), MailRefusedError("never")
ANNA = Contact(email=EMAIL, firstname="Anna", country_id="DE", language_id="de")


class Letterbox:
    """A mailer that keeps what it is given, once it has raised what it was told to."""

    def __init__(self, *errors: Exception | None) -> None:
        self.errors = list(errors)
        self.mails: list[EmailMessage] = []

    def send(self, mail: EmailMessage) -> None:
        """Keep it."""
        error = self.errors.pop(0) if self.errors else None
        if error is not None:
            raise error
        self.mails.append(mail)

    def close(self) -> None:
        """Nothing is held."""


@pytest.fixture
def live(any_world: World) -> World:
    """A world whose live merchant has a customer with a receipt to come."""
    writer = MailWriter(PUBLIC_URL, TAX, "no-reply@pay.example.org")
    any_world.platform = altered(any_world.platform, writer=writer)
    any_world.buy((SEAT.id, 10), merchant_id=LIVE, contact=ANNA)
    return any_world


def tell(platform: Platform, merchant_id: int = LIVE) -> int:
    """Tell what is untold; how many mails that made."""
    telling = Telling(platform, merchant_id, "test")
    made = sum(batch.mails for batch in telling.batches())
    telling.release()
    return made


def turn(platform: Platform, mailer: Mailer, after: timedelta = timedelta()) -> Mailed:
    """One turn of the live merchant's mails, so long after the beginning."""
    later = altered(platform, wall=lambda: START + after)
    merchant = later.store.merchant(LIVE)
    assert merchant is not None
    return Mailing(later, mailer, merchant, "test").turn()


def only(platform: Platform, merchant_id: int = LIVE) -> Mail:
    """The only mail."""
    (mail,) = platform.store.mails(merchant_id, MailSearch())
    return mail


@pytest.fixture
def server() -> Iterator[MailServerStub]:
    """A mail server of this machine."""
    with MailServerStub() as one:
        yield one


@pytest.fixture
def mailer(server: MailServerStub) -> Iterator[Mailer]:
    """A connection to it."""
    with closing(SmtpMailer(MailServer(host="127.0.0.1", port=server.port))) as one:
        yield one


def test_a_receipt_arrives(live: World, server: MailServerStub, mailer: Mailer) -> None:
    """From the payment to the mail server, once; what was sent is noted."""
    assert tell(live.platform) == 1
    assert turn(live.platform, mailer) == Mailed(sent=1)
    (message,) = server.mails
    assert message["To"] == EMAIL
    assert str(message["Subject"]).startswith("Ihr Beleg von ")
    mail = only(live.platform)
    assert (mail.state, mail.tries, mail.sent_at, mail.due_at) == (MailState.SENT, 1, START, None)
    assert mail.subject == message["Subject"]
    assert mail.message_id == message["Message-ID"]
    assert turn(live.platform, mailer, timedelta(days=1)) == Mailed()
    assert len(server.mails) == 1


def test_what_fails_for_now_is_tried_again(
    live: World, server: MailServerStub, mailer: Mailer
) -> None:
    """With growing waits, under one Message-ID; then it has arrived like any other."""
    tell(live.platform)
    server.replies["RCPT"] = ["450 busy", "451 busy"]
    server.replies["."] = [HANG_UP]  # it took the mail and did not say so
    waits = list(RETRY_WAITS[:3])
    at = timedelta()
    for tries, wait in enumerate(waits, 1):
        assert turn(live.platform, mailer, at) == Mailed(again=1)
        mail = only(live.platform)
        assert (mail.state, mail.tries, mail.due_at) == (
            MailState.WAITING,
            tries,
            START + at + wait,
        )
        assert mail.error
        assert turn(live.platform, mailer, at + wait - timedelta(microseconds=1)) == Mailed()
        at += wait
    assert turn(live.platform, mailer, at) == Mailed(sent=1)
    first, second = server.mails
    assert first["Message-ID"] == second["Message-ID"] == only(live.platform).message_id
    assert only(live.platform).error == ""


def test_what_is_refused_is_over(live: World, server: MailServerStub, mailer: Mailer) -> None:
    """A recipient that the server does not know is not asked for again."""
    tell(live.platform)
    server.replies["RCPT"] = ["550 unknown"]
    assert turn(live.platform, mailer) == Mailed(failed=1)
    mail = only(live.platform)
    assert (mail.state, mail.due_at) == (MailState.FAILED, None)
    assert mail.error == "the recipient was refused: 550"
    assert turn(live.platform, mailer, timedelta(days=1)) == Mailed()


def test_it_is_given_up_in_the_end(live: World) -> None:
    """After four days, with what the server said last; every try waits at least as long."""
    tell(live.platform)
    mailer = Letterbox(*[LATER] * 100)
    at, waits = timedelta(), []
    while only(live.platform).state is MailState.WAITING:
        turn(live.platform, mailer, at)
        due = only(live.platform).due_at
        if due is not None:
            waits.append(due - START - at)
            at = due - START
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_WAIT
    assert at <= OLDEST
    mail = only(live.platform)
    assert (mail.state, mail.error, mail.tries) == (MailState.FAILED, "later", len(waits) + 1)


def test_what_waited_too_long_is_not_sent(live: World) -> None:
    """Where no server was set for a week, nobody gets last week's reminders."""
    tell(live.platform)
    mailer = Letterbox()
    assert turn(live.platform, mailer, OLDEST + timedelta(seconds=1)) == Mailed(failed=1)
    assert mailer.mails == []
    assert only(live.platform).error == "it could not be sent in time"


def test_a_server_that_is_away_is_left_alone(live: World) -> None:
    """After three in a row the rest of the batch waits as it is; one bad address stops nobody."""
    for _ in range(5):
        live.buy((SEAT.id, 1), merchant_id=LIVE, contact=ANNA)
    assert tell(live.platform) == 6
    assert turn(live.platform, Letterbox(*[LATER] * 6)) == Mailed(again=IN_A_ROW)
    mails = live.platform.store.mails(LIVE, MailSearch())
    assert sorted(mail.tries for mail in mails) == [0, 0, 0, 1, 1, 1]
    done = turn(live.platform, Letterbox(None, LATER, None), timedelta(seconds=1))
    assert done == Mailed(sent=2, again=1)


def test_one_process_at_a_time(live: World) -> None:
    """Who has a merchant's mails in hand is left alone."""
    tell(live.platform)
    leases = Leases(live.platform, LIVE, "somebody else")
    assert leases.take(MAILING)
    mailer = Letterbox()
    assert turn(live.platform, mailer) == Mailed()
    leases.release()
    assert turn(live.platform, mailer) == Mailed(sent=1)


def test_who_died_after_sending_sends_again(live: World) -> None:
    """The same mail under the same Message-ID: nothing is lost, and the repeat is known."""
    tell(live.platform)
    mail, mailer = only(live.platform), Letterbox()
    assert turn(live.platform, mailer) == Mailed(sent=1)
    assert live.platform.store.note_mail(only(live.platform), mail)  # as if it was never noted
    assert turn(live.platform, mailer) == Mailed(sent=1)
    first, second = mailer.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert first.as_bytes().partition(b"boundary")[0] == second.as_bytes().partition(b"boundary")[0]


def test_what_cannot_be_written_keeps_nobody_waiting(live: World) -> None:
    """It has failed with its reason, and the next is sent."""
    tell(live.platform)
    broken = replace(only(live.platform), id=900, facts=())
    live.platform.store.put_mails([broken])
    assert turn(live.platform, Letterbox()) == Mailed(sent=1, failed=1)
    found = live.platform.store.mail(LIVE, 900)
    assert found is not None
    assert found.error == "it could not be written: ValueError"


def test_without_an_address_nothing_is_sent(live: World) -> None:
    """The mail stands in the list as skipped."""
    live.buy((SEAT.id, 1), merchant_id=LIVE, contact=replace(ANNA, email=""))
    assert tell(live.platform) == 2
    assert turn(live.platform, Letterbox()) == Mailed(sent=1)
    (skipped,) = live.platform.store.mails(LIVE, MailSearch(state=MailState.SKIPPED))
    assert skipped.error == "the contact has no e-mail address"
    assert read_mail(live.platform, LIVE, skipped.id)[1].text


def test_sandboxes_mail_nobody(live: World) -> None:
    """Their mails are kept; with the setting they are sent like all others."""
    mailer = Letterbox()
    assert tell(live.platform, CLOUDIFY) > 0
    kept = live.platform.store.mails(CLOUDIFY, MailSearch())
    assert {mail.state for mail in kept} == {MailState.KEPT}
    assert not Mails(live.platform, mailer).round()
    assert mailer.mails == []
    allowed = altered(live.platform, sandbox_mails=True, mailer=mailer)
    live.buy((SEAT.id, 1), contact=ANNA)
    assert tell(allowed, CLOUDIFY) == 1
    assert Mails(allowed, mailer).round()
    assert len(mailer.mails) == 1


def test_the_worker_sends_what_is_due(live: World) -> None:
    """Of all merchants; without a mail server there is no loop, and mails wait."""
    tell(live.platform)
    mailer = Letterbox()
    assert Mails(live.platform, mailer).round()
    assert not Mails(live.platform, mailer).round()
    assert [mail["To"] for mail in mailer.mails] == [EMAIL]
    assert mail_loops(live.platform) == ()
    assert len(mail_loops(altered(live.platform, mailer=mailer))) == 1


def test_a_bounce_is_noted(live: World) -> None:
    """Once, with its reason; what was not sent cannot come back."""
    tell(live.platform)
    number = only(live.platform).id
    with pytest.raises(NotAllowed, match="was not sent"):
        note_bounce(live.platform, LIVE, number, "x")
    turn(live.platform, Letterbox())
    bounced = note_bounce(live.platform, LIVE, number, "user unknown")
    assert (bounced.state, bounced.error) == (MailState.BOUNCED, "user unknown")
    assert note_bounce(live.platform, LIVE, number, "again") == bounced == only(live.platform)
    with pytest.raises(NotFound):
        note_bounce(live.platform, CLOUDIFY, number, "x")


def test_an_advance_counts_its_mails(live: World) -> None:
    """R24: those of what falls due on the way, each made once and dated by its own time."""
    tell(live.platform, CLOUDIFY)
    known = len(live.platform.store.mails(CLOUDIFY, MailSearch()))
    advanced = advance(live.platform, CLOUDIFY, by=Interval(months=1), actor="test")
    mails = live.platform.store.mails(CLOUDIFY, MailSearch())
    assert advanced.tally.mails == len(mails) - known > 0
    assert advance(live.platform, CLOUDIFY, by=Interval(days=1), actor="test").tally.mails == 0
    receipts = [mail for mail in mails if mail.kind is MailKind.RECEIPT]
    assert all(mail.created_at <= advanced.now for mail in mails)
    assert {mail.created_at for mail in receipts} != {advanced.now}


def test_a_list_shows_subjects_of_what_was_never_sent(live: World) -> None:
    """Written anew from the same facts, in the same words as when it is read."""
    tell(live.platform, CLOUDIFY)
    page = read_mails(live.platform, CLOUDIFY, MailSearch(), most=2)
    assert len(page.mails) == 2
    assert page.after is not None
    for mail in page.mails:
        assert mail.subject == read_mail(live.platform, CLOUDIFY, mail.id)[1].subject != ""
    rest = read_mails(live.platform, CLOUDIFY, MailSearch(), page.after, 100)
    assert rest.after is None
    assert not {mail.id for mail in page.mails} & {mail.id for mail in rest.mails}
