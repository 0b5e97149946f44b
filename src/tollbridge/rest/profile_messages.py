"""Messages that change a customer's profile (subscription-api.md 2.11 to 2.13)."""

from typing import Annotated

from tollbridge.domain.customer import ContactRole
from tollbridge.rest.kinds import COUNTRY, FLAG, LANGUAGE, SUBSCRIPTION, TEXT, Choice
from tollbridge.rest.messages import Message, Nested, of

CONTACT_TYPE: Choice[ContactRole] = Choice(
    {f"{role.value.title()}Contact": role for role in ContactRole}, first=0
)


class UpdateAccount(Message, rename="pascal", frozen=True, kw_only=True):
    """Whose card is to be updated. The body is inferred: no document shows one."""

    subscription_id: Annotated[
        int, of(SUBSCRIPTION, "The subscription, with or without S", example="S67531904")
    ]


class UpdateCustomer(Message, rename="pascal", frozen=True, kw_only=True):
    """Your own id of a customer."""

    customer_reference_id: Annotated[
        str, of(TEXT, "The new id; absent or empty leaves it as it is", example="115515453")
    ] = ""
    subscription_id: Annotated[
        int, of(SUBSCRIPTION, "The subscription, with or without S", example="S67531904")
    ]


class NewContact(Message, rename="pascal", frozen=True, kw_only=True):
    """A contact. What is not given stays as it is; an empty text empties it.

    The samples name EMail (also Email), Firstname, Lastname, City, PostalCode, Street1 and Title;
    the other names are those of the contact in notifications, which is an inference.
    """

    country_id: Annotated[str, of(COUNTRY, "ISO 3166 alpha-2; decides the tax", example="DE")]
    language_id: Annotated[str, of(LANGUAGE, "ISO 639-1", example="en")]
    email: Annotated[str | None, of(TEXT, "Where mails go", example="leia.organa@example.com")] = (
        None
    )
    firstname: Annotated[str | None, of(TEXT, "First name", example="Leia")] = None
    lastname: Annotated[str | None, of(TEXT, "Last name", example="Organa")] = None
    company: Annotated[str | None, of(TEXT, "Company")] = None
    company_type_id: Annotated[str | None, of(TEXT, "COM, GOV, MIS, NPR or UNI")] = None
    title: Annotated[str | None, of(TEXT, "Title")] = None
    salutation_id: Annotated[str | None, of(TEXT, "MR, MS, MRS or MIS")] = None
    street1: Annotated[str | None, of(TEXT, "Street")] = None
    street2: Annotated[str | None, of(TEXT, "Street, second line")] = None
    postal_code: Annotated[str | None, of(TEXT, "Postal code")] = None
    city: Annotated[str | None, of(TEXT, "City")] = None
    state_id: Annotated[str | None, of(TEXT, "State")] = None
    phone1: Annotated[str | None, of(TEXT, "Phone")] = None
    phone2: Annotated[str | None, of(TEXT, "Second phone")] = None
    fax: Annotated[str | None, of(TEXT, "Fax")] = None


class UpdateContact(Message, rename="pascal", frozen=True, kw_only=True):
    """New contact data of a customer, in force from the next bill on.

    SubscriptionId or CustomerReferenceId says whose; both must belong together. The names of the
    two flags are inferred from their descriptions.
    """

    contact: Annotated[NewContact, of(Nested(NewContact), "The contact")]
    contact_type: Annotated[
        ContactRole, of(CONTACT_TYPE, "Which of the three contacts", example="BillingContact")
    ]
    customer_reference_id: Annotated[str, of(TEXT, "Your own id of the customer")] = ""
    delete_omitted_parameters: Annotated[
        bool, of(FLAG, "Empty what is not given", aliases=("DeleteOmitted",))
    ] = False
    split_contact: Annotated[
        bool, of(FLAG, "Give this type an entry of its own first", aliases=("SplitUpContact",))
    ] = False
    subscription_id: Annotated[
        int | None, of(SUBSCRIPTION, "The subscription, with or without S", example="S67531904")
    ] = None
