"""The page at /docs: the table of endpoints, for people, offline."""

import hashlib
import re
from base64 import b64encode
from html.parser import HTMLParser

import pytest

from tests.rest.world import World
from tollbridge.rest.endpoints import ENDPOINTS
from tollbridge.rest.messages import Reader


class Seen(HTMLParser):
    """Collects the tags, ids and links of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.outside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """One tag."""
        self.tags.append(tag)
        for name, value in attrs:
            if name == "id" and value:
                self.ids.append(value)
            if name == "href" and value:
                self.links.append(value)
            if name in ("src", "style", "action") or name.startswith("on"):
                self.outside.append(name)


@pytest.fixture(scope="module")
def text(shared_world: World) -> str:
    """The page."""
    answer = shared_world.client.get("/docs", headers={"Accept": "text/html"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return answer.text


def test_every_endpoint_is_there(text: str) -> None:
    """With a link to it, its description, and every field of its request."""
    seen = Seen()
    seen.feed(text)
    actions = [each.action for each in ENDPOINTS]
    assert seen.ids == actions
    assert seen.links == ["/openapi.json", *(f"#{action}" for action in sorted_by_group(actions))]
    for endpoint in ENDPOINTS:
        assert f"<code>{endpoint.method} {endpoint.path}</code>" in text
        for field in Reader(endpoint.request).fields:
            assert f"<code>{field.name}</code>" in text


def sorted_by_group(actions: list[str]) -> list[str]:
    """The actions as the contents list them: compatible, own, open."""
    order = ["compatible", "own", "open"]
    style = {each.action: order.index(each.style.value) for each in ENDPOINTS}
    return sorted(actions, key=lambda action: style[action])


def test_it_loads_nothing(shared_world: World, text: str) -> None:
    """DESIGN 7: no script, strict policy; the one style sheet is the one that is allowed."""
    seen = Seen()
    seen.feed(text)
    assert not seen.outside
    assert not {"script", "img", "link", "iframe", "form", "object"} & set(seen.tags)
    policy = shared_world.client.get("/docs").headers["content-security-policy"]
    [style] = re.findall(r"<style>(.*)</style>", text, re.DOTALL)
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}';")


def test_it_fits_a_phone(text: str) -> None:
    """Cells of a narrow screen stand below each other: each says what its column says."""
    heads: list[str] = []
    for row in re.findall(r"<tr>(.*?)</tr>", text):
        heads = re.findall(r'<th scope="col">(.*?)</th>', row) or heads
        if "<td" in row:
            assert re.findall(r'<td data-head="(.*?)">', row) == heads
    assert "@media (max-width:" in text


def test_code_in_texts_is_code(text: str) -> None:
    """What the OpenAPI document has between backquotes."""
    assert "with <code>IsCurrent=true</code> only the current one" in text
    assert "`" not in text


def test_it_can_be_read_by_a_screen_reader(text: str) -> None:
    """Language, title, one first heading, tables with heads."""
    assert text.startswith('<!doctype html><html lang="en">')
    assert text.count("<h1>") == 1
    assert "<title>" in text
    assert text.count("<table>") == text.count("<thead>")
