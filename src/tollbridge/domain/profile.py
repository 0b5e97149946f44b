"""The customer's profile: contacts, reference and card (subscription-api.md 2.11 to 2.13).

The journal notes that a part changed; what it is now stands in the customer's own rows, because
no personal data enters the journal.
"""

from collections.abc import Mapping, Sequence
from enum import Enum

import msgspec
from msgspec.structs import asdict, replace

from tollbridge.domain.customer import Contact, ContactRole, Customer, PaymentMethod
from tollbridge.domain.decision import Change, Context, Decision, require_active
from tollbridge.domain.events import ProfileChanged
from tollbridge.domain.facts import Parties
from tollbridge.domain.payment import StoredCard
from tollbridge.domain.refusal import NotAllowed
from tollbridge.domain.subscription import Subscription, SubscriptionStatus


class ProfilePart(Enum):
    """What of a profile changed; the first three are the contacts."""

    BILLING = "billing"
    DELIVERY = "delivery"
    LICENSEE = "licensee"
    REFERENCE = "reference"
    CARD = "card"


class ContactChange(msgspec.Struct, frozen=True, kw_only=True):
    """New contact data: `fields` by the names of `Contact`; country and language are among them.

    Fields that are not given stay as they are, or are emptied with `delete_omitted`. A delivery
    or licensee contact that is one with the billing contact changes with it, unless `split`
    gives it an entry of its own.
    """

    role: ContactRole
    fields: Mapping[str, str]
    delete_omitted: bool = False
    split: bool = False


def changed_customer(customer: Customer, change: ContactChange) -> Customer:
    """The customer with the contact changed."""
    own: dict[ContactRole, Contact | None] = {
        ContactRole.BILLING: customer.billing,
        ContactRole.DELIVERY: customer.delivery,
        ContactRole.LICENSEE: customer.licensee,
    }
    contact = own[change.role] or customer.billing
    kept = {} if change.delete_omitted else asdict(contact)
    changed = Contact(**{**kept, **change.fields})
    has_own = own[change.role] is not None or change.split
    role = change.role if has_own else ContactRole.BILLING
    return replace(customer, **{role.value: changed})


def decide_contact_change(
    subscriptions: Sequence[Subscription],
    parties: Parties,
    change: ContactChange,
    context: Context,
) -> Decision:
    """The customer's new contact, noted in each of these subscriptions that is active.

    Raises NotAllowed when none of them is Active (R18).
    """
    active = [s for s in subscriptions if s.status is SubscriptionStatus.ACTIVE]
    if not active:
        raise NotAllowed(
            "subscription_not_active",
            "The customer has no active subscription",
            field="SubscriptionId",
        )
    changed = Parties(changed_customer(parties.customer, change), parties.payment_method)
    return _noted(active, ProfilePart(change.role.value), parties, changed, context)


def decide_reference_change(
    subscription: Subscription, parties: Parties, reference_id: str, context: Context
) -> Decision:
    """The merchant's own id of the customer; NotAllowed for a status other than Active (R18)."""
    require_active(subscription)
    customer = replace(parties.customer, reference_id=reference_id)
    changed = Parties(customer, parties.payment_method)
    return _noted([subscription], ProfilePart.REFERENCE, parties, changed, context)


def decide_card_update(
    subscription: Subscription, parties: Parties, card: StoredCard, context: Context
) -> Decision:
    """What the card updater found out about the stored card."""
    method = PaymentMethod(id=parties.payment_method.id, **asdict(card))
    changed = Parties(parties.customer, method)
    return _noted([subscription], ProfilePart.CARD, parties, changed, context)


def _noted(
    subscriptions: Sequence[Subscription],
    part: ProfilePart,
    before: Parties,
    changed: Parties,
    context: Context,
) -> Decision:
    """The parties changed, noted in each subscription; what stays as it is is no news."""
    if changed == before:
        unchanged = tuple(Change(subscription) for subscription in subscriptions)
        return Decision(changes=unchanged, parties=before)
    event = ProfileChanged(at=context.now, part=part.value)
    return Decision(
        changes=tuple(Change(subscription).then(event) for subscription in subscriptions),
        parties=changed,
        parties_before=before,
    )
