"""XML: the same messages as in JSON, and nothing that XML can do beyond that (1.3, DESIGN 7)."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree as ET

import msgspec
import pytest
from httpx2 import Response
from hypothesis import given
from hypothesis import strategies as st

from tests.given import GOLD, SEAT
from tests.rest.world import CREDENTIALS, SEATS, SEVERAL, World, decimals
from tollbridge.domain.refusal import Invalid
from tollbridge.domain.written import escaped
from tollbridge.rest.elements import DEPTH_MAX, parse_xml
from tollbridge.rest.endpoint import Endpoint, Style
from tollbridge.rest.endpoints import ENDPOINTS
from tollbridge.rest.item_messages import CustomerPrice, UpdateSubscriptionItem
from tollbridge.rest.life_messages import DeactivateSubscriptionItems
from tollbridge.rest.messages import Answer, Reader, meta_of
from tollbridge.rest.openapi import example_of
from tollbridge.rest.profile_messages import UpdateContact
from tollbridge.rest.xml_answers import parts_of

NS = "{http://api.cleverbridge.com/datacontract}"
READ = f"/subscription/getsubscription?subscriptionid=S{SEATS}"
COMPATIBLE = [each for each in ENDPOINTS if each.style is Style.COMPATIBLE]
CHANGING = [each for each in COMPATIBLE if each.method == "POST"]
XML = {"Content_Type": "application/xml", "Accept": "application/xml"}

UPDATE: Reader[UpdateSubscriptionItem] = Reader(UpdateSubscriptionItem)
PRICE: Reader[CustomerPrice] = Reader(CustomerPrice)
DEACTIVATE: Reader[DeactivateSubscriptionItems] = Reader(DeactivateSubscriptionItems)


def root_of(answer: Response) -> ET.Element:
    """The root of an XML answer."""
    assert answer.headers["content-type"] == "application/xml; charset=utf-8"
    return ET.fromstring(answer.content)  # noqa: S314 - our own answer


def updating(inside: str) -> bytes:
    """A request of updatesubscriptionitem for ten seats, with more elements at its end."""
    return (
        "<UpdateSubscriptionItemRequest><SubscriptionId>S67531904</SubscriptionId>"
        f"<ProductId>{SEAT.id}</ProductId><Quantity>20</Quantity>{inside}"
        "</UpdateSubscriptionItemRequest>"
    ).encode()


def request_in_xml(root: str, message: dict[str, Any]) -> bytes:
    """A request whose lists have entries called Item."""
    return f"<{root}Request>{''.join(_elements(message))}</{root}Request>".encode()


def _elements(message: dict[str, Any]) -> Iterator[str]:
    for name, value in message.items():
        yield f"<{name}>{_content(value)}</{name}>"


def _content(value: Any) -> str:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        return "".join(_elements(value))
    if isinstance(value, list):
        return "".join(f"<Item>{_content(entry)}</Item>" for entry in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def flat(element: ET.Element) -> list[tuple[str, str]]:
    """Names and texts of the values in an element, in order."""
    return [(each.tag.removeprefix(NS), each.text or "") for each in element if not len(each)]


def test_a_subscription_in_xml(shared_world: World) -> None:
    """1.3, 1.5: root, namespace, ResultMessage first, Items/SubscriptionItem, codes, dates."""
    answer = shared_world.get(READ, Accept="application/xml")
    assert answer.status_code == 200
    assert answer.text.startswith(
        '<?xml version="1.0" encoding="utf-8"?><GetSubscriptionResponse'
        ' xmlns="http://api.cleverbridge.com/datacontract"><ResultMessage>OK</ResultMessage>'
        "<Subscription><CustomerCurrencyId>USD</CustomerCurrencyId>"
        "<CustomerId>157610360</CustomerId>"
    )
    root = root_of(answer)
    found = root.find(f"{NS}Subscription")
    assert found is not None
    assert found.findtext(f"{NS}Subscriptionstatus") == "ACT"
    assert found.findtext(f"{NS}NextBillingDate") == "2026-03-09T15:43:07.20517"
    assert found.findtext(f"{NS}NextBillingCustomerNetPrice") == "42.02"
    assert found.find(f"{NS}EndDate") is None
    [item] = found.findall(f"{NS}Items/{NS}SubscriptionItem")
    assert item.findtext(f"{NS}Status") == "ACT"
    assert item.findtext(f"{NS}IsCurrent") == "true"
    assert item.findtext(f"{NS}Couponcode") == ""
    assert item.find(f"{NS}PromotionId") is None
    links = item.findall(f"{NS}SubscriptionPurchaseItems/{NS}SubscriptionPurchaseItem")
    assert [link.findtext(f"{NS}PurchaseId") for link in links] == ["531157892"]


def test_the_same_values_in_the_same_order_as_in_json(shared_world: World) -> None:
    """One definition of each message: JSON without its nulls, but for the statuses."""
    plain = decimals(shared_world.get(READ).content)["Subscription"]
    root = root_of(shared_world.get(READ, Accept="text/xml"))
    found = root.find(f"{NS}Subscription")
    assert found is not None
    expected = [
        (name, "ACT" if name == "Subscriptionstatus" else str(value))
        for name, value in plain.items()
        if value is not None and not isinstance(value, dict | list)
    ]
    assert flat(found) == expected


def test_several_subscriptions(shared_world: World) -> None:
    """2.5: an element for each; none at all is an empty list."""
    url = "/subscription/getsubscriptionsforcustomer?customerId=157610360"
    root = root_of(shared_world.get(url, Accept="application/xml"))
    assert [each.tag for each in root] == [f"{NS}ResultMessage", f"{NS}Subscriptions"]
    assert root.findtext(f"{NS}Subscriptions/{NS}Subscription/{NS}Id") == str(SEATS)
    none = root_of(
        shared_world.get(f"{url}&subscriptionStatus=HLD", Accept="application/xml")
    ).find(f"{NS}Subscriptions")
    assert none is not None
    assert len(none) == 0


@pytest.mark.parametrize("endpoint", CHANGING, ids=lambda each: each.action)
def test_every_example_works_in_xml(world: World, endpoint: Endpoint) -> None:
    """1.3: XML in and out; afterwards all is as after the same call in JSON."""
    example = json.loads(json.dumps(example_of(Reader(endpoint.request)), default=str))
    name = endpoint.request.__name__
    world.buy_unpaid()
    answer = world.post(endpoint.path, request_in_xml(name, example), **XML)
    assert answer.status_code == 200, answer.text
    root = root_of(answer)
    assert root.tag == f"{NS}{name}Response"
    assert (root[0].tag, root[0].text) == (f"{NS}ResultMessage", "OK")
    assert name.lower() == endpoint.action
    assert flat(root)[1:] == [
        (each.encode_name, (root.findtext(NS + each.encode_name) or ""))
        for each in fields_of(endpoint)
        if each.encode_name != "ResultMessage"
    ]


def fields_of(endpoint: Endpoint) -> tuple[Any, ...]:
    """The fields of an endpoint's answer."""
    assert endpoint.answer is not None
    return msgspec.structs.fields(endpoint.answer)


def test_the_date_of_a_renewal(world: World) -> None:
    """1.3, 1.6: `2019-11-26T00:00:00` in XML where JSON has `+00:00`."""
    body = request_in_xml("RenewSubscription", {"SubscriptionId": 67645948})
    root = root_of(world.post("/subscription/renewsubscription", body, **XML))
    assert root.findtext(f"{NS}NextBillingDate") == "2026-04-09T15:43:07.20517"


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("", "json"),
        ("*/*", "json"),
        ("application/*", "json"),
        ("application/json, application/xml", "json"),
        ("application/xml, application/json", "json"),
        ("application/xml;q=0.5, application/json;q=0.4", "xml"),
        ("application/xml;q=0.4, application/json;q=0.5", "json"),
        ("APPLICATION/XML", "xml"),
        ("text/*", "xml"),
        ("text/xml, */*;q=0.1", "xml"),
        ("application/xml, */*", "xml"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "xml"),
        ("application/json;q=0, */*", "xml"),
        ("application/xml;q=0, text/xml;q=0, */*;q=0.1", "json"),
        ("application/xml ; Q = 1 , application/json ; q=0.9", "xml"),
    ],
)
def test_which_format_is_wanted(shared_world: World, accept: str, media: str) -> None:
    """RFC 9110: quality, then exactness, then JSON."""
    answer = shared_world.get(READ, Accept=accept) if accept else shared_world.get(READ)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(f"application/{media}")


@pytest.mark.parametrize(
    "accept", ["text/html", "application/xml;q=0", "application/xml;q=2", "text/xml;q=x", ",;q=1"]
)
def test_neither_is_wanted(shared_world: World, accept: str) -> None:
    """A caller that takes neither is told, in JSON."""
    answer = shared_world.get(READ, Accept=accept)
    assert answer.status_code == 400
    assert "application/xml" in answer.json()["ResultMessage"]


def test_in_one_format_and_out_in_the_other(world: World) -> None:
    """1.3: Content-Type is about the request, Accept about the answer."""
    url = "/subscription/updatesubscriptionitem"
    preview = "<GetCustomerPricePreviewOnly>true</GetCustomerPricePreviewOnly>"
    body = updating(f"<AlignmentSettings>{preview}</AlignmentSettings>")
    plain = world.post(url, body, Content_Type="text/xml; charset=utf-8")
    assert plain.json()["NextBillingCustomerGrossPrice"] == 100.0
    settings = {"GetCustomerPricePreviewOnly": True}
    fields = {"SubscriptionId": SEATS, "ProductId": SEAT.id, "Quantity": 20}
    given_json = {**fields, "AlignmentSettings": settings}
    root = root_of(world.post(url, given_json, Accept="application/xml"))
    assert root.findtext(f"{NS}NextBillingCustomerGrossPrice") == "100.0"
    assert world.read()["Items"][0]["Quantity"] == 10


@pytest.mark.parametrize(
    ("headers", "body", "status", "root"),
    [
        ({"Authorization": "Basic !"}, updating(""), 401, "UpdateSubscriptionItemResponse"),
        ({}, b"x" * 70_000, 413, "UpdateSubscriptionItemResponse"),
        ({}, updating("<Quantity>x</Quantity>"), 400, "UpdateSubscriptionItemResponse"),
        ({}, updating("<Quantity>0</Quantity>"), 402, "UpdateSubscriptionItemResponse"),
        ({}, updating("<ProductId>424242</ProductId>"), 404, "UpdateSubscriptionItemResponse"),
    ],
)
def test_refusals_in_xml(
    shared_world: World, headers: dict[str, str], body: bytes, status: int, root: str
) -> None:
    """1.8: the ResultMessage says why, in the format that the caller reads."""
    before = shared_world.state()
    url = "/subscription/updatesubscriptionitem"
    answer = shared_world.post(url, body, **XML, **headers)
    assert answer.status_code == status
    found = root_of(answer)
    assert found.tag == NS + root
    [(name, message)] = flat(found)
    assert name == "ResultMessage"
    assert message not in ("", "OK")
    assert shared_world.state() == before


def test_refusals_where_nothing_is(shared_world: World) -> None:
    """A path or method that is not served, and Tollbridge's own endpoints, which speak JSON."""
    url = "/subscription/getsubscriptions"
    assert root_of(shared_world.get(url, Accept="text/xml")).tag == f"{NS}Response"
    wrong = shared_world.get("/subscription/updatecontact", Accept="text/xml")
    assert (wrong.status_code, root_of(wrong).tag) == (405, f"{NS}Response")
    own = shared_world.get("/tollbridge/sandbox/clock", Accept="application/xml")
    assert (own.status_code, own.headers["content-type"]) == (400, "application/problem+json")
    body = b"<AdvanceRequest><advance>P1D</advance></AdvanceRequest>"
    own = shared_world.post("/tollbridge/sandbox/clock", body, Content_Type="application/xml")
    assert (own.status_code, own.json()["reason"]) == (400, "wrong_content_type")


LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;">]><UpdateSubscriptionItemRequest><SubscriptionId>&c;</SubscriptionId>
</UpdateSubscriptionItemRequest>"""
OUTSIDE = b"""<!DOCTYPE x [<!ENTITY file SYSTEM "file:///etc/passwd">]>
<UpdateSubscriptionItemRequest><SubscriptionId>&file;</SubscriptionId>
</UpdateSubscriptionItemRequest>"""


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (LAUGHS, "document types are refused"),
        (OUTSIDE, "document types are refused"),
        (b'<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd"><x/>', "document types are refused"),
        (b"<!DOCTYPE x><x/>", "document types are refused"),
        (LAUGHS.decode().encode("utf-16"), "Malformed XML"),
        (b"<a>" * 10_000, "nested too deeply"),
        (b"<a>" * (DEPTH_MAX + 1) + b"</a>" * (DEPTH_MAX + 1), "nested too deeply"),
        (b"", "no element found"),
        (b"\xef\xbb\xbf", "no element found"),
        (b"{}", "Malformed XML"),
        (b"<a>", "Malformed XML"),
        (b"<a/><b/>", "Malformed XML"),
        (b"<p:a/>", "unbound prefix"),
        (b"<a>&nbsp;</a>", "undefined entity"),
        (b"<a>&#0;</a>", "invalid character"),
        (b"<a>\xff</a>", "Malformed XML"),
        (b"<a b='1' b='2'/>", "duplicate attribute"),
        (b"<UpdateSubscriptionItem/>", "must be UpdateSubscriptionItemRequest"),
        (b"<AddSubscriptionItemRequest/>", "must be UpdateSubscriptionItemRequest"),
        (b"<UpdateSubscriptionItemRequest/>", "Missing required field: ProductId"),
        (b"<UpdateSubscriptionItemRequest>20</UpdateSubscriptionItemRequest>", "no text"),
    ],
)
def test_what_is_no_such_message(shared_world: World, body: bytes, why: str) -> None:
    """R17, DESIGN 7: no document type, no entity, no depth; always 400 and nothing done."""
    answer = shared_world.post("/subscription/updatesubscriptionitem", body, **XML)
    assert answer.status_code == 400
    assert why in (root_of(answer).findtext(f"{NS}ResultMessage") or "")


def test_the_greatest_depth() -> None:
    """The limit lies far above what any message needs."""
    assert parse_xml(b"<a>" * DEPTH_MAX + b"</a>" * DEPTH_MAX).name == "a"


@pytest.mark.parametrize(
    "body",
    [
        updating(""),
        updating("").replace(
            b"<UpdateSub", b"<?xml version='1.0' encoding='utf-16'?><UpdateSub", 1
        ),
        b"\xef\xbb\xbf" + updating(""),
        updating("").replace(
            b"Request>", b"Request xmlns='http://api.cleverbridge.com/datacontract'>", 1
        ),
        updating("").replace(b"UpdateSub", b"updatesub").replace(b"Quantity", b"QUANTITY"),
        updating("<Later><Nested>1</Nested></Later><!-- tolerated --><?so it is?>"),
        updating("")
        .replace(b"<Quantity>", b"<Quantity>7</Quantity><quantity>")
        .replace(b"20</Quantity>", b"20</quantity>"),
        updating("").replace(b"20", b" \n +20\t"),
        updating("").replace(b"20", b"<![CDATA[20]]>"),
        updating("").replace(b"><", b">\r\n  <"),
        updating(
            "<UpdateAction xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:nil='true'/>"
        ),
        updating("<UpdateAction>0</UpdateAction><GenerateMail>1</GenerateMail>"),
    ],
)
def test_spellings_of_one_request(body: bytes) -> None:
    """1.3, 1.5: case, namespace, order of repeats, space, unknown elements, nil."""
    message = UPDATE.of_xml(body)
    assert message == UPDATE.of_json(
        b'{"SubscriptionId":67531904,"ProductId":292973,"Quantity":20}'
    )


def test_texts_are_kept_as_they_are() -> None:
    """Space counts in a text; empty is empty and not absent (updatecontact empties with it)."""
    reader = Reader(UpdateContact)
    message = reader.of_xml(
        "<UpdateContactRequest><Contact><CountryId>DE</CountryId><LanguageId>de</LanguageId>"
        "<Firstname> Jürgen &amp; &lt;Söhne&gt; </Firstname><City/></Contact>"
        "<ContactType>BillingContact</ContactType></UpdateContactRequest>".encode()
    )
    assert message.contact.firstname == " Jürgen & <Söhne> "
    assert message.contact.city == ""
    assert message.contact.email is None


@pytest.mark.parametrize(
    ("items", "numbers"),
    [
        ("<Items><Item>1</Item><Item>2</Item></Items>", (1, 2)),
        ("<items><item> 1 </item><Other>7</Other></items>", (1,)),
        ("<Items/>", ()),
        ("<Items><Item>1</Item></Items><Items><Item>2</Item></Items>", (2,)),
    ],
)
def test_lists(items: str, numbers: tuple[int, ...]) -> None:
    """1.3: `Items/Item`."""
    assert DEACTIVATE.of_xml(deactivating(items)).items == numbers


@pytest.mark.parametrize(
    "items",
    [
        "<Items>1</Items>",
        "<Items><Item>x</Item></Items>",
        "<Items><Item/></Items>",
        "<Items><Item><Item>1</Item></Item></Items>",
        "<Items>" + "<Item>1</Item>" * 101 + "</Items>",
        "",
    ],
)
def test_lists_that_are_none(items: str) -> None:
    """R17: 400."""
    with pytest.raises(Invalid):
        DEACTIVATE.of_xml(deactivating(items))


def deactivating(items: str) -> bytes:
    """A request of deactivatesubscriptionitems."""
    name = "DeactivateSubscriptionItemsRequest"
    return f"<{name}><SubscriptionId>1</SubscriptionId>{items}</{name}>".encode()


def priced(value: str) -> bytes:
    """A price with this value."""
    return (
        "<CustomerPriceRequest><Currency>usd</Currency><IsGross>true</IsGross>"
        f"<Value>{value}</Value></CustomerPriceRequest>"
    ).encode()


@pytest.mark.parametrize(
    "value",
    [
        "", "NaN", "INF", "-INF", "Infinity", "1e999999", "1e15", "1234567890123456",
        "0.12345678901", "1_000", "1,5", "0x10", "\u0661", "1 0", "--1", "1e", ".", "9" * 65,
    ],
)  # fmt: skip
def test_numbers_that_are_refused(value: str) -> None:
    """R26, in XML too."""
    with pytest.raises(Invalid, match="Value"):
        PRICE.of_xml(priced(value))


@given(st.decimals("-999999999", "999999999", places=4))
def test_numbers_are_exact(value: Decimal) -> None:
    """R26: digit by digit."""
    assert PRICE.of_xml(priced(f" {value:f} ")).value == value


@given(st.text())
def test_any_text_can_be_written(text: str) -> None:
    """What XML cannot hold becomes U+FFFD; everything else comes back as it was."""
    written = f"<a>{escaped(text)}</a>".encode()
    assert parse_xml(written).text == "".join(
        letter
        if letter in "\t\n\r" or (letter >= " " and letter not in "\ufffe\uffff")
        else "\ufffd"
        for letter in text
    )


def test_names_do_not_slip_into_markup(world: World) -> None:
    """A product name of the caller's comes back as text."""
    name = 'Gold <b>&amp;</b> "1" ]]>\r\n'
    fields = {"ProductId": GOLD.id, "Quantity": 1, "RunningNumber": 1, "ProductName": name}
    assert world.update(SEVERAL, **fields).status_code == 200
    url = f"/subscription/getsubscription?subscriptionid={SEVERAL}&iscurrent=true&runningnumber=1"
    root = root_of(world.get(url, Accept="application/xml"))
    assert [each.text for each in root.iter(f"{NS}ProductName")] == [name]


def test_statuses_of_items(world: World) -> None:
    """1.5: removed items are REM."""
    body = {"SubscriptionId": SEVERAL, "RunningNumber": 2}
    assert world.call("removesubscriptionitem", body).status_code == 200
    url = f"/subscription/getsubscription?subscriptionid={SEVERAL}&runningnumber=2"
    root = root_of(world.get(url, Accept="application/xml"))
    assert [each.text for each in root.iter(f"{NS}Status")][-1] == "REM"


def test_every_list_of_an_answer_names_its_entries() -> None:
    """An entry without a name could not be written."""
    seen: list[str] = []
    waiting: list[type[Answer]] = [each.answer for each in COMPATIBLE if each.answer is not None]
    while waiting:
        answer = waiting.pop()
        for part, field in zip(parts_of(answer), msgspec.structs.fields(answer), strict=True):
            assert meta_of(field.type).description
            kind = field.type.__args__[0]
            if getattr(kind, "__origin__", None) is tuple:
                assert part.entry, (answer, part.name)
                seen.append(part.entry)
                kind = kind.__args__[0]
            if isinstance(kind, type) and issubclass(kind, Answer):
                waiting.append(kind)
    assert set(seen) == {
        "PurchaseItem",
        "Subscription",
        "SubscriptionItem",
        "SubscriptionPurchaseItem",
    }


def test_the_document_lists_both(shared_world: World) -> None:
    """OpenAPI: requests, answers and refusals of the compatible API in JSON and XML."""
    document = shared_world.client.get("/openapi.json").json()
    for endpoint in COMPATIBLE:
        told = document["paths"][endpoint.path][endpoint.method.lower()]
        for status in ("200", "400"):
            content = told["responses"][status]["content"]
            assert content.keys() == {"application/json", "application/xml"}
            assert content["application/xml"]["schema"]["xml"] == {
                "name": f"{endpoint.request.__name__}Response",
                "namespace": "http://api.cleverbridge.com/datacontract",
            }
        if endpoint.method == "POST":
            assert told["requestBody"]["content"].keys() == {
                "application/json",
                "application/xml",
                "text/xml",
            }


def test_credentials_come_first_in_xml_too(shared_world: World) -> None:
    """R17: nothing is parsed for a stranger."""
    answer = shared_world.client.post(
        "/subscription/updatecontact", content=LAUGHS, headers={"Content-Type": "text/xml"}
    )
    assert answer.status_code == 401
    assert CREDENTIALS not in answer.text
