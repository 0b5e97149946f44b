"""Links that end (platform.md d) and links that last."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tollbridge.domain.links import LinkKind, Links, expiring_token, require_valid
from tollbridge.domain.merchant import ManagementModel, Merchant, Mode
from tollbridge.domain.refusal import Refusal

NOW = datetime(2026, 3, 19, 14, 47, 34, 857671, tzinfo=UTC)
END = NOW + timedelta(days=30)
MERCHANT = Merchant(
    id=864,
    name="Cloudify",
    mode=Mode.SANDBOX,
    clock=NOW,
    country="DE",
    currency="EUR",
    management_model=ManagementModel.TWO,
    link_key=b"k" * 32,
)


def token(kind: LinkKind = LinkKind.PURCHASE, subject: int = 7, version: int = 0) -> str:
    """A token of the purchase 7, unless told otherwise."""
    return expiring_token(MERCHANT, kind, subject, version, END)


def reason(
    text: str, *, subject: int = 7, version: int = 0, now: datetime = NOW, of: Merchant = MERCHANT
) -> str:
    """Why a token is refused."""
    with pytest.raises(Refusal) as refused:
        require_valid(of, LinkKind.PURCHASE, subject, version, text, now)
    return refused.value.reason


def test_a_link_opens_what_it_was_made_for_until_its_end() -> None:
    """R23: by the merchant's clock."""
    require_valid(MERCHANT, LinkKind.PURCHASE, 7, 0, token(), NOW)
    require_valid(MERCHANT, LinkKind.PURCHASE, 7, 0, token(), END - timedelta(seconds=1))
    assert reason(token(), now=END) == "link_expired"


def test_it_opens_nothing_else() -> None:
    """No other subject, kind, version or merchant."""
    assert reason(token(), subject=8) == "link_unknown"
    assert reason(token(kind=LinkKind.SUBSCRIPTION)) == "link_unknown"
    assert reason(token(), version=1) == "link_unknown"  # revoked
    other = replace(MERCHANT, id=865)
    assert reason(token(), of=other) == "link_unknown"


def test_its_end_cannot_be_moved() -> None:
    """The end is signed too."""
    later = expiring_token(MERCHANT, LinkKind.PURCHASE, 7, 0, END + timedelta(days=400))
    assert reason(later[:7] + token()[7:]) == "link_unknown"


@given(st.text(max_size=40))
def test_whatever_else_is_typed_is_unknown(text: str) -> None:
    """And never an error."""
    assert reason(text) == "link_unknown"


def test_addresses() -> None:
    """The URL space of DESIGN 7."""
    links = Links(public_url="https://shop.example.com", merchant=MERCHANT, version=0, until=END)
    assert links.purchase(7) == f"https://shop.example.com/864/p/7-{token()}"
    assert links.invoice(7).startswith("https://shop.example.com/864/invoice/")
    assert links.invoice(7).endswith("/7.pdf")
    page = token(LinkKind.SUBSCRIPTION)
    assert links.subscription(7) == f"https://shop.example.com/864/s/s7-{page}"
    assert links.subscription(7, "cancel") == f"{links.subscription(7)}/cancel"
    assert len(page) == 28
