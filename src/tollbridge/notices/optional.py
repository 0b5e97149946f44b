"""The keys in which a notification may differ from the published examples, each with its reason.

Everything else is as in the example of its type: no key more, none less. A key stands here by its
own name, wherever in a document it is.
"""

import msgspec

from tollbridge.notices.types import CANCELED, ERROR

VISITOR = "of the visitor's browser: who orders through the API or renews by the clock has none"
OWN_PRODUCT = "the catalog has no names of the merchant's own for a product"
GIVEN = "only where the customer gave it"
ROMANIZED = "only where the name is written in ASCII: nothing is transliterated here"
COUPON = "published, not in the example: only where a coupon lowers the price"
CARD = "only of a card"


class Optional(msgspec.Struct, frozen=True, kw_only=True):
    """A key that may be absent or come in addition; in `types` alone where they are named."""

    key: str
    reason: str
    types: tuple[str, ...] = ()


OPTIONAL = (
    Optional(key="remoteAddress", reason=VISITOR),
    Optional(key="httpUserAgent", reason=VISITOR),
    Optional(key="httpEntryUrl", reason=VISITOR),
    Optional(key="httpAcceptLanguage", reason=VISITOR),
    Optional(key="yourProductId", reason=OWN_PRODUCT),
    Optional(key="yourProductName", reason=OWN_PRODUCT),
    Optional(key="productReportingGroup", reason=OWN_PRODUCT),
    Optional(key="productNameExtension", reason="only where the item's terms have one"),
    Optional(key="company", reason=GIVEN),
    Optional(key="companyType", reason=GIVEN),
    Optional(key="companyTypeId", reason=GIVEN),
    Optional(key="firstname", reason=GIVEN),
    Optional(key="lastname", reason=GIVEN),
    Optional(key="companyRomanized", reason=ROMANIZED),
    Optional(key="firstnameRomanized", reason=ROMANIZED),
    Optional(key="lastnameRomanized", reason=ROMANIZED),
    Optional(key="cardLastFourDigits", reason=CARD),
    Optional(key="cardExpirationDate", reason=CARD),
    Optional(key="internalCustomer", reason="only where the customer has a reference"),
    Optional(
        key="customerReferenceNumber",
        reason="the same value under the name of the published table (platform.md, row 4)",
    ),
    Optional(key="customerReferenceNo", reason="published, not in the example: where there is one"),
    Optional(key="couponcode", reason=COUPON),
    Optional(key="couponCode", reason=COUPON),
    Optional(key="promotionId", reason=COUPON),
    Optional(key="promotionName", reason=COUPON),
    Optional(
        key="recurrenceCount",
        reason="published, not in the example: only where the renewals are counted",
    ),
    Optional(key="deactivationDate", reason="published: only of a deactivated item"),
    Optional(key="endDate", reason="published: only of what ends"),
    Optional(
        key="paymentArriveTime",
        reason="the purchase order, or the sign-up that is cancelled, is not paid",
        types=(ERROR, CANCELED),
    ),
)


def is_optional(key: str, type_: str) -> bool:
    """Whether a document of this type may differ from its example in the key."""
    return any(one.key == key and (not one.types or type_ in one.types) for one in OPTIONAL)
