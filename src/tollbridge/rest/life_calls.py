"""The calls about the life of a subscription: what is billed, when, and whether it goes on."""

from tollbridge.commands import align_subscriptions as aligning
from tollbridge.commands import deactivate_items as deactivating
from tollbridge.commands import reinstate_items as reinstating
from tollbridge.commands import remove_item as removing
from tollbridge.commands.change_preferences import change_parameters, change_renewal_type
from tollbridge.commands.move_billing_date import move_billing_date
from tollbridge.domain.item_change import Renewal
from tollbridge.domain.links import confirmation_token
from tollbridge.flows import align_subscriptions as alignment_flow
from tollbridge.flows.renew import Renewed, renew
from tollbridge.rest import life_messages as wire
from tollbridge.rest.dates import offset
from tollbridge.rest.endpoint import Call
from tollbridge.rest.item_calls import alignment_of, prices_answer
from tollbridge.rest.item_messages import ItemPrices
from tollbridge.rest.messages import DONE, Done


def deactivate_items(call: Call[wire.DeactivateSubscriptionItems]) -> Done:
    """The call deactivatesubscriptionitems (R19)."""
    message = call.message
    deactivating.deactivate_items(
        call.platform,
        call.merchant_id,
        message.subscription_id,
        message.items,
        allow_reinstate=message.allow_reinstate,
        generate_mail=message.generate_mail,
        actor=call.actor,
    )
    return DONE


def reinstate_items(call: Call[wire.ReinstateSubscriptionItems]) -> Done:
    """The call reinstatesubscriptionitems (R22)."""
    message = call.message
    reinstating.reinstate_items(
        call.platform,
        call.merchant_id,
        message.subscription_id,
        message.items,
        generate_mail=message.generate_mail,
        actor=call.actor,
    )
    return DONE


def remove_item(call: Call[wire.RemoveSubscriptionItem]) -> Done:
    """The call removesubscriptionitem."""
    message = call.message
    removing.remove_item(
        call.platform,
        call.merchant_id,
        message.subscription_id,
        message.running_number,
        generate_mail=message.generate_mail,
        actor=call.actor,
    )
    return DONE


def renew_subscription(call: Call[wire.RenewSubscription]) -> wire.Renewed:
    """The call renewsubscription: a payment problem is 200 with its TransactionStatus (R1)."""
    message = call.message
    renewal = Renewal(reset=message.reset_billing_interval)
    renewed = renew(call.collector, call.merchant_id, message.subscription_id, renewal, call.actor)
    return renewed_answer(call, renewed)


def renewed_answer(call: Call[wire.RenewSubscription], renewed: Renewed) -> wire.Renewed:
    """How a renewal went, as the wire tells it."""
    token = confirmation_token(renewed.merchant, renewed.purchase_id)
    return wire.Renewed(
        continue_url=f"{call.public_url}/{call.merchant_id}/p/{renewed.purchase_id}-{token}",
        next_billing_date=offset(renewed.next_billing),
        transaction_status=renewed.status.value,
        result_message="OK",
    )


def update_next_billing_date(call: Call[wire.UpdateNextBillingDate]) -> Done:
    """The call updatenextbillingdate (R5)."""
    message = call.message
    move_billing_date(
        call.platform,
        call.merchant_id,
        message.subscription_id,
        message.next_billing_date,
        call.actor,
    )
    return DONE


def update_parameters(call: Call[wire.UpdateSubscriptionParameters]) -> Done:
    """The call updatesubscriptionparameters."""
    message = call.message
    parameters = {parameter.key: parameter.value for parameter in message.items}
    change_parameters(
        call.platform, call.merchant_id, message.subscription_id, parameters, call.actor
    )
    return DONE


def update_renewal_type(call: Call[wire.UpdateSubscriptionRenewalType]) -> Done:
    """The call updatesubscriptionrenewaltype (R21)."""
    message = call.message
    change_renewal_type(
        call.platform, call.merchant_id, message.subscription_id, message.renewal_type, call.actor
    )
    return DONE


def align_subscriptions(call: Call[wire.AlignSubscriptions]) -> ItemPrices:
    """The call alignsubscriptions: one bill for two subscriptions, or what that would cost (V5)."""
    message = call.message
    settings = message.alignment_settings
    which = call.merchant_id, message.primary_subscription_id, message.secondary_subscription_id
    alignment = alignment_of(settings)
    if settings.get_customer_price_preview_only:
        return prices_answer(aligning.preview(call.platform, *which, alignment))
    return prices_answer(
        alignment_flow.align_subscriptions(
            call.collector,
            *which,
            alignment,
            generate_mail=message.generate_mail,
            actor=call.actor,
        )
    )
