"""The mailbox: a page without script that lists mails and shows one, whatever stands in it."""

import re
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest
from msgspec.structs import replace

from tests.given import SEAT
from tests.rest.world import CONTACT, World
from tollbridge.domain.mail import Mail
from tollbridge.web.pages import POLICY

MAILBOX = "/tollbridge/mailbox"
HOSTILE = '"><script>alert(1)</script>&{{ 7 * 7 }}'


class Page(HTMLParser):
    """The elements of a page with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note it."""
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        """Note it."""
        self.text += data

    def all(self, tag: str) -> list[dict[str, str]]:
        """The attributes of all elements of one kind."""
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def mails(self) -> list[str]:
        """Where the list leads."""
        return [a["href"] for a in self.all("a") if "mail_id=" in a["href"]]


def shown(world: World, query: str = "") -> Page:
    """The mailbox as it is served."""
    answer = world.get(f"{MAILBOX}?{query}" if query else MAILBOX)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    return Page(answer.text)


def first(world: World) -> Mail:
    """The newest mail."""
    return world.mailed()[0]


def test_nothing_there(world: World) -> None:
    """An empty mailbox says so."""
    assert "No mails." in shown(world).text
    assert shown(world).mails == []


def test_the_list(world: World) -> None:
    """Every mail with its subject, recipient, time and state, each a link to itself."""
    mailed = world.mailed()
    page = shown(world)
    assert page.mails == [f"{MAILBOX}?mail_id={mail.id}" for mail in mailed]
    assert page.text.count("jana@customer.example") == len(mailed)
    assert "Ihr Beleg von Cloudify (531157892)" in page.text
    assert "2026-02-09 15:43" in page.text
    assert "iframe" not in dict(page.elements)


def test_an_open_mail(world: World) -> None:
    """In a frame that runs nothing, as text beside it, and marked in the list."""
    mail = first(world)
    page = shown(world, f"mail_id={mail.id}")
    (frame,) = page.all("iframe")
    assert frame["sandbox"] == "allow-popups allow-popups-to-escape-sandbox"
    assert frame["title"]
    assert frame["srcdoc"].startswith("<!doctype html>")
    assert '<head><base target="_blank">' in frame["srcdoc"]
    written = world.get(f"/tollbridge/mails/{mail.id}").json()
    assert frame["srcdoc"].replace('<base target="_blank">', "") == written["html"]
    assert written["text"].strip() in page.text
    current = [a["href"] for a in page.all("a") if "aria-current" in a]
    assert current == [f"{MAILBOX}?mail_id={mail.id}"]


def test_filters_stay(world: World) -> None:
    """A form by GET, whose fields left empty say nothing, and links that keep what was asked."""
    world.mailed()
    page = shown(world, "kind=REC_CU&state=&subscription_id=&recipient=")
    assert page.mails
    assert all("kind=REC_CU" in href for href in page.mails)
    assert [each["value"] for each in page.all("option") if "selected" in each] == ["REC_CU"]
    (form,) = page.all("form")
    assert form == {"method": "get", "action": MAILBOX}
    assert shown(world, "kind=grace").mails == []
    only = shown(world, "subscription_id=s67531904").mails
    assert len(only) == 1
    assert "subscription_id=67531904" in only[0]


def test_older_mails(world: World) -> None:
    """A link where there are more, and none where there are not."""
    mailed = world.mailed()
    page = shown(world, "count=3")
    (older,) = [a["href"] for a in page.all("a") if "cursor=" in a["href"]]
    rest = shown(world, older.partition("?")[2])
    assert [*page.mails, *rest.mails] == [f"{MAILBOX}?mail_id={mail.id}" for mail in mailed]
    assert not [a for a in rest.all("a") if "cursor=" in a["href"]]


def test_hostile_names_are_only_text(world: World) -> None:
    """Whatever a customer or merchant is called, the page stays a page."""
    contact = replace(CONTACT, email="a@b.example", firstname=HOSTILE, company=HOSTILE)
    world.buy((SEAT.id, 1), contact=contact)
    merchant = world.platform.store.merchant(864)
    assert merchant is not None
    world.platform.store.put_merchant(replace(merchant, name=HOSTILE))
    page = shown(world, f"mail_id={first(world).id}")
    assert "script" not in dict(page.elements)
    assert not [name for _, given in page.elements for name in given if name.startswith("on")]
    (frame,) = page.all("iframe")
    inside = Page(frame["srcdoc"])
    assert "script" not in dict(inside.elements)
    listed = shown(world, "recipient=" + "%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E")
    assert "script" not in dict(listed.elements)


def test_it_can_be_used_without_a_mouse_and_without_sight(world: World) -> None:
    """A language, one heading of the first level, names for every field, landmark and frame."""
    page = shown(world, f"mail_id={first(world).id}")
    assert page.all("html") == [{"lang": "en"}]
    assert len(page.all("h1")) == len(page.all("h2")) == 1
    assert page.all("nav")[0]["aria-label"] == "Mails"
    assert page.all("article")[0]["aria-labelledby"] == page.all("h2")[0]["id"]
    assert len(page.all("label")) == len(page.all("select")) + len(page.all("input"))
    assert page.all("a")[0] == {"class": "skip", "href": "#mails"}
    assert page.all("meta")[1]["content"] == "width=device-width, initial-scale=1"
    assert "tabindex" not in {name for _, given in page.elements for name in given}


def test_nothing_is_loaded(world: World) -> None:
    """No script, no font, no picture: what the policy forbids is not tried either."""
    mail = first(world)
    html = world.get(f"{MAILBOX}?mail_id={mail.id}").text
    elements: dict[str, Any] = dict(Page(html).elements)
    assert not {"script", "link", "img", "object", "embed", "video"} & elements.keys()
    assert "url(" not in unescape(html)
    assert "script-src" not in POLICY
    assert POLICY.startswith("default-src 'none'; style-src 'unsafe-inline';")
    assert re.search(r"javascript:", html, re.IGNORECASE) is None


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_it_only_reads(world: World, method: str) -> None:
    """405 for anything else."""
    assert world.client.request(method, MAILBOX).status_code == 405


def test_who_has_no_credential(world: World) -> None:
    """The browser asks for one."""
    answer = world.client.get(MAILBOX)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Basic realm="Tollbridge"'
