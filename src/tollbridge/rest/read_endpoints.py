"""The endpoints of the compatible API that read."""

from tollbridge.rest import subscription_messages as wire
from tollbridge.rest.endpoint import READING, Endpoint, Style
from tollbridge.rest.read_calls import (
    get_subscription,
    get_subscriptions_by_purchase,
    get_subscriptions_for_customer,
)

READ_ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path="/subscription/getsubscription",
        style=Style.COMPATIBLE,
        action="getsubscription",
        summary="Read a subscription",
        docs=(
            "The subscription with its items. All versions of each item are listed; with "
            "`IsCurrent=true` only the current one. A version that will not be billed again "
            "costs 0.0."
        ),
        request=wire.GetSubscription,
        answer=wire.Subscription,
        refusals=READING,
        serve=get_subscription,
    ),
    Endpoint(
        method="GET",
        path="/subscription/getsubscriptionsforcustomer",
        style=Style.COMPATIBLE,
        action="getsubscriptionsforcustomer",
        summary="Read a customer's subscriptions",
        docs=(
            "The subscriptions of a customer, by exactly one of id, reference and e-mail. A "
            "customer without a subscription of the status asked for has an empty list; an "
            "unknown customer is refused."
        ),
        request=wire.GetSubscriptionsForCustomer,
        answer=wire.Subscriptions,
        refusals=READING,
        serve=get_subscriptions_for_customer,
    ),
    Endpoint(
        method="GET",
        path="/subscription/getsubscriptionsbypurchase",
        style=Style.COMPATIBLE,
        action="getsubscriptionsbypurchase",
        summary="Read a purchase's subscriptions",
        docs=(
            "The subscriptions that a purchase started or billed: a sign-up starts one for each"
            " interval."
        ),
        request=wire.GetSubscriptionsByPurchase,
        answer=wire.Subscriptions,
        refusals=READING,
        serve=get_subscriptions_by_purchase,
    ),
)
