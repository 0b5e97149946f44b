"""`tollbridge mail`, run as a program; and a receipt from a sale to a mail server."""

import json
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from tests.commands.running import run, serving
from tests.contract.mail_server import MailServerStub

DATABASE = ("--database", "sqlite:///tollbridge-demo.db")
SECONDS = 20.0
CATALOG = """
[merchant]
id = 1
name = "Shop & Söhne"
mode = "live"
country = "DE"
currency = "EUR"
management_model = "Two"
colour = "#ffcc00"
address = ["Way 1"]
"""


def told(place: Path, *arguments: str, code: int = 0) -> dict[str, Any]:
    """The answer of a command that ends with this code."""
    done = run(*arguments, "--json", cwd=place)
    assert done.returncode == code, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout or done.stderr)
    return answer


def test_a_preview(tmp_path: Path) -> None:
    """A file to look at, or text; no database is made."""
    done = run("mail", "preview", "renewal", "--language", "ja", "--html", "m.html", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "Written to m.html.\n"
    html = (tmp_path / "m.html").read_text(encoding="utf-8")
    assert '<html lang="ja">' in html
    assert "サブスクリプション" in html
    text = run("mail", "preview", "REC_CU", cwd=tmp_path).stdout
    assert text.startswith("Subject: Your receipt from Cloudify (500000001)\n\nThank you")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.html"]


def test_a_preview_with_the_look_of_a_merchant(tmp_path: Path) -> None:
    """Of a catalog file; the sample stays what it is."""
    (tmp_path / "shop.toml").write_text(CATALOG, encoding="utf-8")
    wanted = ("--language", "de", "--catalog", "shop.toml", "--html", "m.html")
    answer = told(tmp_path, "mail", "preview", "payment-declined", *wanted)
    assert answer["subject"] == "Ihre Zahlung an Shop & Söhne ist fehlgeschlagen"
    assert (answer["kind"], answer["language"]) == ("payment_declined", "de")
    html = (tmp_path / "m.html").read_text(encoding="utf-8")
    assert "background:#ffcc00;color:#111111" in html
    assert "Shop &amp; Söhne" in html
    assert "Way 1" in html


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (("preview", "spam"), "word_unknown", "'spam' is no kind of mail: receipt, invoice,"),
        (("preview", "receipt", "--language", "it"), "language_unknown", "none of en, de, fr"),
        (("preview", "receipt", "--html", "no/m.html"), "file_unwritable", "no/m.html: No such"),
        (("list", "--state", "lost", *DATABASE), "word_unknown", "no state of a mail: waiting"),
        (("list", "--subscription", "x", *DATABASE), "subscription_invalid", "no subscription"),
    ],
)
def test_what_cannot_be_used(
    tmp_path: Path, arguments: tuple[str, ...], error: str, words: str
) -> None:
    """Exit code 2, and what is wrong."""
    answer = told(tmp_path, "mail", *arguments, code=2)
    assert answer["error"] == error
    assert words in answer["message"]


def test_what_was_mailed(tmp_path: Path) -> None:
    """The demo's mails, listed and searched; what was kept cannot come back."""
    with serving("--demo", cwd=tmp_path) as server:
        settled(lambda: len(server.get("/tollbridge/mails").json()["mails"]) == 4)
    mails = told(tmp_path, "mail", "list", *DATABASE)["mails"]
    assert [mail["kind"] for mail in mails] == ["REC_CU"] * 4
    assert {mail["state"] for mail in mails} == {"kept"}
    some = ("--subscription", "S67531904", "--kind", "receipt", "--state", "kept")
    (seats,) = told(tmp_path, "mail", "list", *some, *DATABASE)["mails"]
    assert seats["recipient"] == "jana.beispiel@example.com"
    text = run("mail", "list", "--count", "1", *DATABASE, cwd=tmp_path).stdout
    assert text.count("\n") == 1
    assert "kept REC_CU" in text
    refused = told(tmp_path, "mail", "bounced", str(seats["id"]), *DATABASE, code=1)
    assert refused["error"] == "mail_not_sent"
    assert told(tmp_path, "mail", "bounced", "99", *DATABASE, code=1)["error"] == "mail_unknown"


def test_from_a_sale_to_a_mail_server(tmp_path: Path) -> None:
    """The whole way, in a program of its own, with the settings of its environment."""
    with MailServerStub() as mails:
        given = {
            "TOLLBRIDGE_SMTP_URL": f"smtp://127.0.0.1:{mails.port}",
            "TOLLBRIDGE_MAIL_FROM": "no-reply@pay.example.org",
            "TOLLBRIDGE_MAIL_SANDBOX": "on",
        }
        with serving("--demo", cwd=tmp_path, given=given):
            settled(lambda: len(mails.mails) == 4)
    assert {str(mail["From"]) for mail in mails.mails} == {"Cloudify <no-reply@pay.example.org>"}
    assert "jana.beispiel@example.com" in mails.recipients
    sent = told(tmp_path, "mail", "list", "--state", "sent", *DATABASE)["mails"]
    assert len(sent) == 4
    number = str(sent[0]["id"])
    back = told(tmp_path, "mail", "bounced", number, "--reason", "user unknown", *DATABASE)
    assert (back["state"], back["error"]) == ("bounced", "user unknown")


def settled(reached: Callable[[], bool]) -> None:
    """Look until it is so; fails after a while."""
    end = monotonic() + SECONDS
    while not reached():
        assert monotonic() < end
