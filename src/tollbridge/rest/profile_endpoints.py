"""The endpoints that change a customer's profile."""

from tollbridge.rest import profile_messages as wire
from tollbridge.rest.endpoint import CHANGING, Endpoint, Style
from tollbridge.rest.messages import Done
from tollbridge.rest.profile_calls import update_account, update_contact, update_customer

PROFILE_ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="POST",
        path="/subscription/updateaccount",
        style=Style.COMPATIBLE,
        action="updateaccount",
        summary="Update the customer's card",
        docs=(
            "Asks the payment gateway for a newer card than the stored one; where there is "
            "none, nothing changes."
        ),
        request=wire.UpdateAccount,
        answer=Done,
        refusals=CHANGING,
        serve=update_account,
    ),
    Endpoint(
        method="POST",
        path="/subscription/updatecustomer",
        style=Style.COMPATIBLE,
        action="updatecustomer",
        summary="Set your id of the customer",
        docs=("Sets CustomerReferenceId, by which getsubscriptionsforcustomer finds the customer."),
        request=wire.UpdateCustomer,
        answer=Done,
        refusals=CHANGING,
        serve=update_customer,
    ),
    Endpoint(
        method="POST",
        path="/subscription/updatecontact",
        style=Style.COMPATIBLE,
        action="updatecontact",
        summary="Change the customer's contact",
        docs=(
            "Changes the billing, delivery or licensee contact of the customer of a "
            "subscription, or of all customers with your reference. The country of the billing "
            "contact decides the tax of the bills that follow."
        ),
        request=wire.UpdateContact,
        answer=Done,
        refusals=CHANGING,
        serve=update_contact,
    ),
)
