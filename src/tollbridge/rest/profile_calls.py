"""The calls that change a customer's profile (subscription-api.md 2.11 to 2.13)."""

from msgspec.structs import asdict

from tollbridge.commands.change_profile import change_contact, change_reference
from tollbridge.domain.decision import require_active
from tollbridge.domain.profile import ContactChange
from tollbridge.flows import update_account as account_flow
from tollbridge.queries.subscription import read_subscription
from tollbridge.rest import profile_messages as wire
from tollbridge.rest.endpoint import Call
from tollbridge.rest.messages import DONE, Done


def update_account(call: Call[wire.UpdateAccount]) -> Done:
    """The call updateaccount: ask the gateway for a newer card."""
    account_flow.update_account(
        call.platform, call.merchant_id, call.message.subscription_id, call.actor
    )
    return DONE


def update_customer(call: Call[wire.UpdateCustomer]) -> Done:
    """The call updatecustomer; without an id it is refused for the same reasons, and does nothing.

    An empty id would be one by which the customer cannot be found.
    """
    message = call.message
    where = call.platform, call.merchant_id, message.subscription_id
    if message.customer_reference_id:
        change_reference(*where, message.customer_reference_id, call.actor)
    else:
        held, _ = read_subscription(*where)
        require_active(held.subscription)
    return DONE


def update_contact(call: Call[wire.UpdateContact]) -> Done:
    """The call updatecontact."""
    message = call.message
    given = {name: text for name, text in asdict(message.contact).items() if text is not None}
    change_contact(
        call.platform,
        call.merchant_id,
        subscription_id=message.subscription_id,
        reference_id=message.customer_reference_id,
        change=ContactChange(
            role=message.contact_type,
            fields=given,
            delete_omitted=message.delete_omitted_parameters,
            split=message.split_contact,
        ),
        actor=call.actor,
    )
    return DONE
