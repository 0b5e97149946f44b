"""Messages that change a customer's profile (subscription-api.md 2.11 to 2.13)."""

from typing import Annotated

from tollbridge.domain.customer import ContactRole
from tollbridge.rest.evidence import documented, inferred, sample
from tollbridge.rest.kinds import COUNTRY, FLAG, LANGUAGE, SUBSCRIPTION, TEXT, Choice
from tollbridge.rest.messages import Message, Nested, of

SEED_002_902 = sample("002", 902)
CONTACT_GUIDE = documented("docs/update-customer-contact-information-api-guide")
CONTACT_OBJECT = inferred("contact-object of the notifications")

CONTACT_TYPE: Choice[ContactRole] = Choice(
    {f"{role.value.title()}Contact": role for role in ContactRole}, first=0
)


class UpdateAccount(Message, rename="pascal", frozen=True, kw_only=True):
    """Whose card is to be updated. The body is inferred: no document shows one."""

    subscription_id: Annotated[
        int,
        of(SUBSCRIPTION, "The subscription, with or without S", example="S67531904"),
        inferred("its siblings"),
    ]


class UpdateCustomer(Message, rename="pascal", frozen=True, kw_only=True):
    """Your own id of a customer."""

    customer_reference_id: Annotated[
        str,
        of(TEXT, "The new id; absent or empty leaves it as it is", example="115515453"),
        documented("reference/updatecustomer"),
    ] = ""
    subscription_id: Annotated[
        int,
        of(SUBSCRIPTION, "The subscription, with or without S", example="S67531904"),
        documented("reference/updatecustomer"),
    ]


class NewContact(Message, rename="pascal", frozen=True, kw_only=True):
    """A contact. What is not given stays as it is; an empty text empties it.

    The samples name EMail (also Email), Firstname, Lastname, City, PostalCode, Street1 and Title;
    the other names are those of the contact in notifications, which is an inference.
    """

    country_id: Annotated[
        str, of(COUNTRY, "ISO 3166 alpha-2; decides the tax", example="DE"), SEED_002_902
    ]
    language_id: Annotated[str, of(LANGUAGE, "ISO 639-1", example="en"), SEED_002_902]
    email: Annotated[
        str | None, of(TEXT, "Where mails go", example="leia.organa@example.com"), SEED_002_902
    ] = None
    firstname: Annotated[str | None, of(TEXT, "First name", example="Leia"), CONTACT_GUIDE] = None
    lastname: Annotated[str | None, of(TEXT, "Last name", example="Organa"), CONTACT_GUIDE] = None
    company: Annotated[str | None, of(TEXT, "Company"), CONTACT_OBJECT] = None
    company_type_id: Annotated[
        str | None, of(TEXT, "COM, GOV, MIS, NPR or UNI"), CONTACT_OBJECT
    ] = None
    title: Annotated[str | None, of(TEXT, "Title"), CONTACT_GUIDE] = None
    salutation_id: Annotated[str | None, of(TEXT, "MR, MS, MRS or MIS"), CONTACT_OBJECT] = None
    street1: Annotated[str | None, of(TEXT, "Street"), CONTACT_GUIDE] = None
    street2: Annotated[str | None, of(TEXT, "Street, second line"), CONTACT_OBJECT] = None
    postal_code: Annotated[str | None, of(TEXT, "Postal code"), CONTACT_GUIDE] = None
    city: Annotated[str | None, of(TEXT, "City"), CONTACT_GUIDE] = None
    state_id: Annotated[str | None, of(TEXT, "State"), CONTACT_OBJECT] = None
    phone1: Annotated[str | None, of(TEXT, "Phone"), CONTACT_OBJECT] = None
    phone2: Annotated[str | None, of(TEXT, "Second phone"), CONTACT_OBJECT] = None
    fax: Annotated[str | None, of(TEXT, "Fax"), CONTACT_OBJECT] = None


class UpdateContact(Message, rename="pascal", frozen=True, kw_only=True):
    """New contact data of a customer, in force from the next bill on.

    SubscriptionId or CustomerReferenceId says whose; both must belong together. The names of the
    two flags are inferred from their descriptions.
    """

    contact: Annotated[NewContact, of(Nested(NewContact), "The contact"), SEED_002_902]
    contact_type: Annotated[
        ContactRole,
        of(CONTACT_TYPE, "Which of the three contacts", example="BillingContact"),
        SEED_002_902,
    ]
    customer_reference_id: Annotated[
        str, of(TEXT, "Your own id of the customer"), documented("reference/updatecontact")
    ] = ""
    delete_omitted_parameters: Annotated[
        bool,
        of(FLAG, "Empty what is not given", aliases=("DeleteOmitted",)),
        inferred("its description"),
    ] = False
    split_contact: Annotated[
        bool,
        of(FLAG, "Give this type an entry of its own first", aliases=("SplitUpContact",)),
        inferred("its description"),
    ] = False
    subscription_id: Annotated[
        int | None,
        of(SUBSCRIPTION, "The subscription, with or without S", example="S67531904"),
        documented("reference/updatecontact"),
    ] = None
