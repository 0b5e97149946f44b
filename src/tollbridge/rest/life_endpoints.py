"""The endpoints about the life of a subscription: what is billed, when, whether it goes on."""

from tollbridge.rest import life_messages as wire
from tollbridge.rest.endpoint import CHANGING, Endpoint, Style
from tollbridge.rest.item_messages import ItemPrices
from tollbridge.rest.life_calls import (
    align_subscriptions,
    deactivate_items,
    reinstate_items,
    remove_item,
    renew_subscription,
    update_next_billing_date,
    update_parameters,
    update_renewal_type,
)
from tollbridge.rest.messages import Done

LIFE_ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="POST",
        path="/subscription/alignsubscriptions",
        style=Style.COMPATIBLE,
        action="alignsubscriptions",
        summary="Bill two subscriptions together",
        docs=(
            "The items of the secondary subscription move into the primary one, which is billed"
            " later; the secondary is finished, its items are removed. With alignment the time "
            "between the two billing dates is charged at once."
        ),
        request=wire.AlignSubscriptions,
        answer=ItemPrices,
        refusals=CHANGING,
        serve=align_subscriptions,
    ),
    Endpoint(
        method="POST",
        path="/subscription/deactivatesubscriptionitems",
        style=Style.COMPATIBLE,
        action="deactivatesubscriptionitems",
        summary="Deactivate items",
        docs=(
            "The items are billed no more; what is paid stays usable until the billing date. "
            "With its last active item the subscription is deactivated. Open unpaid purchases "
            "of what ends are cancelled."
        ),
        request=wire.DeactivateSubscriptionItems,
        answer=Done,
        refusals=CHANGING,
        serve=deactivate_items,
    ),
    Endpoint(
        method="POST",
        path="/subscription/reinstatesubscriptionitems",
        style=Style.COMPATIBLE,
        action="reinstatesubscriptionitems",
        summary="Reinstate items",
        docs=(
            "Deactivated items are billed again, and the subscription is active again. The "
            "billing date stays: set a new one with updatenextbillingdate if it has passed."
        ),
        request=wire.ReinstateSubscriptionItems,
        answer=Done,
        refusals=CHANGING,
        serve=reinstate_items,
    ),
    Endpoint(
        method="POST",
        path="/subscription/removesubscriptionitem",
        style=Style.COMPATIBLE,
        action="removesubscriptionitem",
        summary="Remove an item",
        docs=(
            "The item is out for good and cannot be reinstated. With its last item the "
            "subscription is finished."
        ),
        request=wire.RemoveSubscriptionItem,
        answer=Done,
        refusals=CHANGING,
        serve=remove_item,
    ),
    Endpoint(
        method="POST",
        path="/subscription/renewsubscription",
        style=Style.COMPATIBLE,
        action="renewsubscription",
        summary="Renew now",
        docs=(
            "Charges the next interval now at its full price. The time that is left is kept, or"
            " lost with ResetBillingInterval. A payment problem is no refusal: "
            "TransactionStatus tells it, and the billing date has not moved then."
        ),
        request=wire.RenewSubscription,
        answer=wire.Renewed,
        refusals=CHANGING,
        serve=renew_subscription,
    ),
    Endpoint(
        method="POST",
        path="/subscription/updatenextbillingdate",
        style=Style.COMPATIBLE,
        action="updatenextbillingdate",
        summary="Move the next billing date",
        docs=(
            "The whole subscription is billed next at this date, and later dates are counted "
            "from it. Nothing is charged for the time between."
        ),
        request=wire.UpdateNextBillingDate,
        answer=Done,
        refusals=CHANGING,
        serve=update_next_billing_date,
    ),
    Endpoint(
        method="POST",
        path="/subscription/updatesubscriptionparameters",
        style=Style.COMPATIBLE,
        action="updatesubscriptionparameters",
        summary="Set parameters",
        docs=(
            "Sets parameters for the next bill; those that exist are overwritten, and an empty "
            "value removes its key."
        ),
        request=wire.UpdateSubscriptionParameters,
        answer=Done,
        refusals=CHANGING,
        serve=update_parameters,
    ),
    Endpoint(
        method="POST",
        path="/subscription/updatesubscriptionrenewaltype",
        style=Style.COMPATIBLE,
        action="updatesubscriptionrenewaltype",
        summary="Turn automatic renewal on or off",
        docs=("For the whole subscription, and under subscription management 2.0 only."),
        request=wire.UpdateSubscriptionRenewalType,
        answer=Done,
        refusals=CHANGING,
        serve=update_renewal_type,
    ),
)
