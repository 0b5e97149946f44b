"""The wire's enumerations that several messages share: words, numbers and codes (1.5)."""

from collections.abc import Mapping

from tollbridge.domain.subscription import ItemStatus, RenewalType, SubscriptionStatus
from tollbridge.rest.kinds import Choice

# In the order of the wire's numbers, which begin with 1.
SUBSCRIPTION_STATUSES: Mapping[str, SubscriptionStatus] = {
    "Active": SubscriptionStatus.ACTIVE,
    "Deactivated": SubscriptionStatus.DEACTIVATED,
    "Finished": SubscriptionStatus.FINISHED,
    "Grace": SubscriptionStatus.GRACE,
    "Hold": SubscriptionStatus.HOLD,
    "New": SubscriptionStatus.NEW,
    "HandledByClient": SubscriptionStatus.HANDLED_BY_CLIENT,
    "AwaitingNewOrder": SubscriptionStatus.AWAITING_NEW_ORDER,
}
ITEM_STATUSES: Mapping[str, ItemStatus] = {
    "Active": ItemStatus.ACTIVE,
    "Deactivated": ItemStatus.DEACTIVATED,
    "Finished": ItemStatus.FINISHED,
    "Removed": ItemStatus.REMOVED,
    "AwaitingReinstate": ItemStatus.AWAITING_REINSTATE,
    "HandledByClient": ItemStatus.HANDLED_BY_CLIENT,
    "Other": ItemStatus.OTHER,
}

SUBSCRIPTION_STATUS: dict[SubscriptionStatus, int] = {
    status: number for number, status in enumerate(SUBSCRIPTION_STATUSES.values(), start=1)
}
ITEM_STATUS: dict[ItemStatus, int] = {
    status: number for number, status in enumerate(ITEM_STATUSES.values(), start=1)
}

# What XML writes for the numbers: the codes of table 1.5.
SUBSCRIPTION_CODES: dict[int, str] = {
    number: status.value for status, number in SUBSCRIPTION_STATUS.items()
}
ITEM_CODES: dict[int, str] = {number: status.value for status, number in ITEM_STATUS.items()}

# A client calls the eighth status Other, with the code OTH.
STATUS_FILTER: Choice[SubscriptionStatus] = Choice(
    SUBSCRIPTION_STATUSES,
    first=1,
    codes={status.value: status for status in SubscriptionStatus}
    | {
        "Other": SubscriptionStatus.AWAITING_NEW_ORDER,
        "OTH": SubscriptionStatus.AWAITING_NEW_ORDER,
    },
)
RENEWAL_TYPE: Choice[RenewalType] = Choice({kind.value: kind for kind in RenewalType}, first=1)
