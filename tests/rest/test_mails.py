"""Mails over HTTP: lists, one mail, a bounce, and tokens that stay out of the log."""

import pytest
from structlog.testing import capture_logs

from tests.rest.world import CLOUDIFY, SEATS, START, World, basic
from tollbridge.commands.add_credential import add_credential
from tollbridge.domain.access import Scope
from tollbridge.domain.mail import MailState
from tollbridge.rest.request_log import PATH_MAX, shown_path


def test_what_was_mailed(world: World) -> None:
    """The newest first, each with all there is to say of it but its text."""
    mailed = world.mailed()
    answer = world.get("/tollbridge/mails").json()
    assert [one["id"] for one in answer["mails"]] == [mail.id for mail in mailed]
    assert answer["next_cursor"] is None
    (seats,) = (
        one
        for one in answer["mails"]
        if one["subscription_ids"] == [f"S{SEATS}"] and one["kind"] == "REC_CU"
    )
    assert seats == {
        "id": seats["id"],
        "kind": "REC_CU",
        "state": "kept" if seats["id"] != 1 else "sent",
        "subject": "Ihr Beleg von Cloudify (531157892)",
        "recipient": "jana@customer.example",
        "language": "de",
        "subscription_ids": [f"S{SEATS}"],
        "purchase_id": 531157892,
        "customer_id": 157610360,
        "created_at": "2026-02-09T15:43:07.20517Z",
        "due_at": None,
        "sent_at": None if seats["id"] != 1 else "2026-02-09T15:43:07.20517Z",
        "tries": 0 if seats["id"] != 1 else 1,
        "error": "",
    }


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("kind=REC_CU", {"REC_CU"}),
        ("kind=rec_cu&state=kept", {"REC_CU"}),
        ("kind=canceled", {"canceled"}),
        ("state=failed", set()),
        (f"subscription_id=S{SEATS}", {"REC_CU"}),
        (f"subscription_id={SEATS}&kind=grace", set()),
        ("purchase_id=531157892", {"REC_CU"}),
        ("customer_id=157610360", {"REC_CU"}),
        ("recipient=JANA@customer.example&kind=REC_CU", {"REC_CU"}),
        ("recipient=nobody@customer.example", set()),
        ("customer_id=1", set()),
    ],
)
def test_filters(world: World, query: str, expected: set[str]) -> None:
    """All that is given must hold; nothing found is no refusal."""
    world.mailed()
    answer = world.get(f"/tollbridge/mails?{query}")
    assert answer.status_code == 200, answer.text
    assert {one["kind"] for one in answer.json()["mails"]} == expected


def test_pages(world: World) -> None:
    """Every mail once, by the cursors that the pages end with."""
    mailed = [mail.id for mail in world.mailed()]
    seen, query = [], "count=3"
    for _ in mailed:
        page = world.get(f"/tollbridge/mails?{query}").json()
        seen += [one["id"] for one in page["mails"]]
        query = f"count=3&cursor={page['next_cursor']}"
        if page["next_cursor"] is None:
            break
    assert seen == mailed


def test_one_mail(world: World) -> None:
    """As its recipient reads it, in both forms; another merchant has none of it."""
    number = world.mailed()[0].id
    answer = world.get(f"/tollbridge/mails/{number}").json()
    assert answer["html"].startswith("<!doctype html>")
    assert "http://testserver/864/" in answer["text"]
    assert answer["subject"] in answer["html"]
    other = basic("other", "other")
    assert world.get(f"/tollbridge/mails/{number}", Authorization=other).status_code == 404
    assert world.get("/tollbridge/mails", Authorization=other).json()["mails"] == []


def test_a_bounce(world: World) -> None:
    """What was sent can come back, once; the answer is the mail as it is now."""
    world.mailed()
    path = "/tollbridge/mails/1/bounced"
    answer = world.post(path, {"reason": "user unknown"})
    assert answer.status_code == 200, answer.text
    assert (answer.json()["state"], answer.json()["error"]) == ("bounced", "user unknown")
    assert world.post(path, {}).json()["error"] == "user unknown"
    stored = world.platform.store.mail(CLOUDIFY, 1)
    assert stored is not None
    assert (stored.state, stored.sent_at) == (MailState.BOUNCED, START)


REFUSED = [
    ("GET", "/tollbridge/mails?kind=spam", 400, "kind must be one of"),
    ("GET", "/tollbridge/mails?state=lost", 400, "state must be one of"),
    ("GET", "/tollbridge/mails?cursor=x", 400, "cursor must be a cursor"),
    ("GET", "/tollbridge/mails?cursor=20269999T000000000000Z-1", 400, "cursor"),
    ("GET", "/tollbridge/mails?cursor=00000101T000000000000Z-1", 400, "cursor"),
    ("GET", "/tollbridge/mails?count=0", 400, "count must lie between 1 and 100"),
    ("GET", "/tollbridge/mails?count=101", 400, "count must lie between 1 and 100"),
    ("GET", "/tollbridge/mails?subscription_id=x", 400, "subscription_id must be"),
    ("GET", "/tollbridge/mails/999999", 404, "Mail not found: 999999"),
    ("GET", "/tollbridge/mails/x", 400, "mail_id must be a whole number"),
    ("POST", "/tollbridge/mails/999999/bounced", 404, "Mail not found: 999999"),
    ("POST", "/tollbridge/mails/2/bounced", 402, "was not sent (kept)"),
    ("GET", "/tollbridge/mailbox?mail_id=999999", 404, "Mail not found: 999999"),
    ("GET", "/tollbridge/mailbox?kind=spam", 400, "kind must be one of"),
]


@pytest.mark.parametrize(("method", "url", "status", "words"), REFUSED)
def test_refusals(world: World, method: str, url: str, status: int, words: str) -> None:
    """Each names what is wrong, and changes nothing."""
    before = world.mailed()
    answer = world.get(url) if method == "GET" else world.post(url, {})
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert words in answer.json()["detail"]
    assert world.mailed() == before


def test_a_reader_may_not_note_bounces(world: World) -> None:
    """Reading is one scope, changing another."""
    world.mailed()
    add_credential(world.platform, CLOUDIFY, "reader", "secret", scopes=frozenset({Scope.READ}))
    reader = basic("reader", "secret")
    for path in ("/tollbridge/mails", "/tollbridge/mails/1", "/tollbridge/mailbox"):
        assert world.get(path, Authorization=reader).status_code == 200
    refused = world.post("/tollbridge/mails/1/bounced", {}, Authorization=reader)
    assert refused.status_code == 403


TOKEN = "AGmxjYvope5d-xXUvaTNr7t13HRa"
PATHS = {
    f"/864/p/531157892-{TOKEN}": "/864/p/531157892-***",
    f"/864/s/s67531904-{TOKEN}": "/864/s/s67531904-***",
    f"/864/s/s67531904-{TOKEN}/cancel": "/864/s/s67531904-***/cancel",
    f"/864/invoice/{TOKEN}/531157892.pdf": "/864/invoice/***/531157892.pdf",
    f"/864//p/1-{TOKEN}": "/864//p/1-***",
    f"/864/p/1-{TOKEN}/p/2-{TOKEN}": "/864/p/1-***/p/2-***",
    "/subscription/getsubscription": "/subscription/getsubscription",
    "/tollbridge/purchases/531157892/pay": "/tollbridge/purchases/531157892/pay",
}


@pytest.mark.parametrize("path", PATHS)
def test_tokens_stay_out_of_the_log(shared_world: World, path: str) -> None:
    """Whoever reads the log can open nobody's page."""
    assert shown_path(path) == PATHS[path]
    with capture_logs() as logs:
        shared_world.get(path)
    assert [line["path"] for line in logs if line["event"] == "request"] == [PATHS[path]]
    assert TOKEN not in str(logs)


def test_paths_in_the_log_are_short() -> None:
    """Also where a token stood in them."""
    assert len(shown_path(f"/864/p/1-{TOKEN}/" + "x" * 1000)) == PATH_MAX
    assert shown_path("/864/p/1-" + "x" * 1000) == "/864/p/1-***"
