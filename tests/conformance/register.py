"""The register of samples (R27): whatever the five published documents print.

Seed 000 prints no request and no answer. `REGISTER` is replayed, `OUTLINES` are looked up in the
table of endpoints, and `LATER` waits for the parts of the platform that it names.
"""

from collections.abc import Iterator

from tests.conformance.integration_guide import INTEGRATION_GUIDE
from tests.conformance.old_guide import OLD_GUIDE, OUTLINES
from tests.conformance.printed import Exchange, Flow, Later, Sample
from tests.conformance.renewal_guides import RENEWAL_GUIDES

__all__ = ["LATER", "OUTLINES", "REGISTER", "exchanges", "samples"]

# In the order in which the demo can be asked for one after the other.
REGISTER: tuple[Flow, ...] = (*RENEWAL_GUIDES, *OLD_GUIDE, *INTEGRATION_GUIDE)

PAID, RENEWAL_TYPE = "PaidOrderNotification", "SubscriptionRenewalTypeChangedNotification"
UNQUOTED = "No JSON: a quote is missing"
LINKS, NOTIFICATIONS = "links and prices, no issue yet", "notifications, issue 5"

LATER: tuple[Later, ...] = (
    Later(
        seed="002",
        place=16,
        part=LINKS,
        shows="pricingapi.cleverbridge.com/prices?client_id=864",
        note="Pricing API",
    ),
    *(
        Later(seed="002", place=place, part=LINKS, shows=shows, note="Checkout link")
        for place, shows in (
            (28, "/864/?scope=checkout&cart=97771&language=en"),
            (88, "/864/?scope=checkout&cart=97771&internalcustomer=UUID"),
            (144, "/864/?scope=checkout&cart=97771&language=en"),
            (1916, "/864/purl-checkout"),
        )
    ),
    *(
        Later(seed="002", place=place, part=LINKS, shows="TargetUrl", note=note)
        for place, note in (
            (37, f"URL generator. {UNQUOTED}"),
            (99, "URL generator"),
            (153, f"URL generator. {UNQUOTED}"),
            (1944, "URL generator"),
        )
    ),
    *(
        Later(seed="002", place=place, part=NOTIFICATIONS, shows=shows, note="Notification")
        for place, shows in (
            *((line, PAID) for line in (51, 113, 167, 262, 352, 452, 564, 662, 765, 864)),
            (914, "CustomerProfileUpdateNotification"),
            *((line, PAID) for line in (1008, 1085, 1148, 1265, 1371, 1489, 1595, 1662)),
            (1710, RENEWAL_TYPE),
            (1746, "SubscriptionBillingDateExtendedNotification"),
            (1789, RENEWAL_TYPE),
            *((line, PAID) for line in (1856, 1958)),
        )
    ),
)


def exchanges() -> Iterator[Exchange]:
    """Every registered exchange."""
    for flow in REGISTER:
        yield from flow.exchanges


def samples() -> Iterator[Sample]:
    """Every registered sample of the Subscription API."""
    for exchange in exchanges():
        yield exchange.request
        if exchange.answer is not None:
            yield exchange.answer
