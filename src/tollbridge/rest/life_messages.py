"""Messages about the life of a subscription: what is billed, when, and whether it goes on."""

from datetime import datetime
from typing import Annotated

from tollbridge.domain.subscription import RenewalType
from tollbridge.rest.choices import RENEWAL_TYPE
from tollbridge.rest.evidence import documented, inferred, sample
from tollbridge.rest.item_messages import ALIGNMENT_SETTINGS, AlignmentSettings
from tollbridge.rest.kinds import FLAG, INSTANT, NUMBER, SUBSCRIPTION, Text
from tollbridge.rest.messages import Answer, Listed, Message, Nested, of, told

SEED_002_1896 = sample("002", 1896)
SEED_002_1636 = sample("002", 1636)
REMOVE_REFERENCE = documented("reference/removesubscriptionitem")
SEED_002_994 = sample("002", 994)

ITEMS_MAX = 100
RUNNING_NUMBERS = Listed(NUMBER, ITEMS_MAX, element="Item")
PARAMETER = Text(1000)


class DeactivateSubscriptionItems(Message, rename="pascal", frozen=True, kw_only=True):
    """Items that are billed no more (subscription-api.md 2.3)."""

    allow_reinstate: Annotated[
        bool,
        of(FLAG, "Whether they may come back; false finishes them and wants GenerateMail false"),
        documented("reference/deactivatesubscriptionitems"),
    ] = True
    generate_mail: Annotated[bool, of(FLAG, "Whether the customer is mailed"), SEED_002_1896] = True
    items: Annotated[
        tuple[int, ...], of(RUNNING_NUMBERS, "Running numbers", example=[2]), SEED_002_1896
    ]
    subscription_id: Annotated[
        int,
        of(SUBSCRIPTION, "The subscription, with or without S", example="S12345678"),
        SEED_002_1896,
    ]


class ReinstateSubscriptionItems(Message, rename="pascal", frozen=True, kw_only=True):
    """Deactivated items that are to be billed again (subscription-api.md 2.8)."""

    generate_mail: Annotated[bool, of(FLAG, "Whether the customer is mailed"), SEED_002_1636] = True
    items: Annotated[
        tuple[int, ...], of(RUNNING_NUMBERS, "Running numbers", example=[1]), SEED_002_1636
    ]
    subscription_id: Annotated[
        int,
        of(SUBSCRIPTION, "The subscription, with or without S", example="S18577447"),
        SEED_002_1636,
    ]


class RemoveSubscriptionItem(Message, rename="pascal", frozen=True, kw_only=True):
    """An item that is taken out for good (subscription-api.md 2.9).

    One guide writes RunningNumbers for RunningNumber; both are read.
    """

    generate_mail: Annotated[bool, of(FLAG, "Whether the customer is mailed"), REMOVE_REFERENCE] = (
        True
    )
    running_number: Annotated[
        int, of(NUMBER, "The item", example=2, aliases=("RunningNumbers",)), REMOVE_REFERENCE
    ]
    subscription_id: Annotated[
        int,
        of(SUBSCRIPTION, "The subscription, with or without S", example="S12345678"),
        REMOVE_REFERENCE,
    ]


class RenewSubscription(Message, rename="pascal", frozen=True, kw_only=True):
    """A renewal on request (subscription-api.md 2.10)."""

    subscription_id: Annotated[
        int,
        of(SUBSCRIPTION, "The subscription, with or without S", example="S67645948"),
        sample("002", 986),
    ]
    reset_billing_interval: Annotated[
        bool,
        of(FLAG, "The new interval starts now, and the time that is left is lost"),
        sample("002", 1126),
    ] = False


class Renewed(Answer, rename="pascal", frozen=True, kw_only=True):
    """How a renewal on request went: a payment problem is told here and is no refusal (R1)."""

    continue_url: Annotated[
        str,
        told("The confirmation, or what to do next", "https://example.org/864/p/123546-sf78g97sd8"),
        SEED_002_994,
    ]
    next_billing_date: Annotated[
        str,
        told(
            "The new date when it was paid, else the old one; in XML without the zone",
            "2018-05-15T23:20:50.52+00:00",
            zone="+00:00",
        ),
        SEED_002_994,
    ]
    transaction_status: Annotated[
        str, told("Success, Error, Rejected, Pending or Unknown", "Success"), SEED_002_994
    ]
    result_message: Annotated[str, told("OK", "OK"), SEED_002_994]


class UpdateNextBillingDate(Message, rename="pascal", frozen=True, kw_only=True):
    """A new date for the next bill (subscription-api.md 2.14)."""

    next_billing_date: Annotated[
        datetime,
        of(INSTANT, "In the future; without a zone it is UTC", example="2026-08-03T11:20:34.15Z"),
        sample("002", 1650),
    ]
    subscription_id: Annotated[
        int,
        of(SUBSCRIPTION, "The subscription, with or without S", example="S67531904"),
        sample("002", 1650),
    ]


class Parameter(Message, rename="pascal", frozen=True, kw_only=True):
    """One parameter. Both names are inferred: the documents say key and value only."""

    key: Annotated[
        str, of(PARAMETER, "Its name", example="x-promotion"), inferred("the words key and value")
    ]
    value: Annotated[
        str,
        of(PARAMETER, "Its value; empty removes the key", example="25off"),
        inferred("the words key and value"),
    ] = ""


class UpdateSubscriptionParameters(Message, rename="pascal", frozen=True, kw_only=True):
    """Parameters for the next bill (subscription-api.md 2.17); of one key the last counts."""

    items: Annotated[
        tuple[Parameter, ...],
        of(Listed(Nested(Parameter), ITEMS_MAX, element="Item"), "Keys and values"),
        documented("reference/updatesubscriptionparameters"),
    ]
    subscription_id: Annotated[
        int,
        of(SUBSCRIPTION, "The subscription, with or without S", example="S67531904"),
        documented("reference/updatesubscriptionparameters"),
    ]


class UpdateSubscriptionRenewalType(Message, rename="pascal", frozen=True, kw_only=True):
    """Automatic or manual renewal (subscription-api.md 2.18)."""

    renewal_type: Annotated[
        RenewalType,
        of(RENEWAL_TYPE, "Whether it renews by itself", example="Manual"),
        sample("002", 1699),
    ]
    subscription_id: Annotated[
        int,
        of(SUBSCRIPTION, "The subscription, with or without S", example="S67645948"),
        sample("002", 1699),
    ]


class AlignSubscriptions(Message, rename="pascal", frozen=True, kw_only=True):
    """Two subscriptions of a customer that are to be billed together (subscription-api.md 2.2).

    The names of both ids are inferred from their descriptions. One page calls AlignmentSettings
    SubscriptionAlignmentSettings; both are read.
    """

    alignment_settings: Annotated[
        AlignmentSettings,
        of(
            ALIGNMENT_SETTINGS,
            "Whether the time between the two dates is charged at once",
            aliases=("SubscriptionAlignmentSettings",),
        ),
        documented("reference/alignsubscriptions"),
    ] = AlignmentSettings()
    generate_mail: Annotated[
        bool, of(FLAG, "Whether the customer is mailed"), documented("reference/alignsubscriptions")
    ] = True
    primary_subscription_id: Annotated[
        int,
        of(SUBSCRIPTION, "Stays, and is billed later than the other", example="S22447813"),
        inferred("its description"),
    ]
    secondary_subscription_id: Annotated[
        int,
        of(SUBSCRIPTION, "Ends; its items join the other", example="S18429519"),
        inferred("its description"),
    ]
