"""The customer: contacts and payment methods. None of this ever enters the journal."""

from datetime import datetime
from enum import Enum

import msgspec


class ContactRole(Enum):
    """The three contacts of a customer, with the wire's numbers as order."""

    LICENSEE = "licensee"
    BILLING = "billing"
    DELIVERY = "delivery"


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """A person or company. Country is ISO 3166 alpha-2, language ISO 639-1."""

    email: str = ""
    firstname: str = ""
    lastname: str = ""
    company: str = ""
    country_id: str
    language_id: str
    title: str = ""
    salutation_id: str = ""
    company_type_id: str = ""
    street1: str = ""
    street2: str = ""
    postal_code: str = ""
    city: str = ""
    state_id: str = ""
    phone1: str = ""
    phone2: str = ""
    fax: str = ""


class PaymentMethod(msgspec.Struct, frozen=True, kw_only=True):
    """A stored way to pay: the gateway's token and what may be shown of the card.

    `type_id` is the wire's PaymentTypeId (CCA_VIS), `type_name` its PaymentType (Visa). Without a
    gateway the customer pays by hand (wire transfer), with `net_days` on the terms of a purchase
    order; expiry is 0 for what does not expire.
    """

    id: int
    gateway: str
    token: str
    type_id: str
    type_name: str
    last_four: str
    expiry_month: int
    expiry_year: int
    net_days: int = 0

    @property
    def online(self) -> bool:
        """Whether a gateway can be asked for the money."""
        return bool(self.gateway)

    def expires_by(self, at: datetime) -> bool:
        """Whether it expires before that time or in its month; False for what does not expire."""
        return 0 < self.expiry_year * 12 + self.expiry_month <= at.year * 12 + at.month


class Customer(msgspec.Struct, frozen=True, kw_only=True):
    """Who pays. Delivery and licensee contact fall back to the billing contact when absent.

    `reference_id` is the merchant's own id for the customer, `reference_no` the customer's
    order number ("" when none). `link_version` counts how often the customer's links were revoked.
    """

    merchant_id: int
    id: int
    reference_id: str
    reference_no: str = ""
    billing: Contact
    delivery: Contact | None = None
    licensee: Contact | None = None
    link_version: int = 0

    @property
    def country(self) -> str:
        """The country whose VAT applies: that of the billing contact (R14)."""
        return self.billing.country_id
