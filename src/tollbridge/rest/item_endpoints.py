"""The endpoints that add and change items and answer prices."""

from tollbridge.rest import item_messages as wire
from tollbridge.rest.endpoint import CHANGING, Endpoint, Style
from tollbridge.rest.item_calls import (
    add_item,
    increase_quantity,
    update_item,
    update_item_price,
)

ITEM_ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="POST",
        path="/subscription/addsubscriptionitem",
        style=Style.COMPATIBLE,
        action="addsubscriptionitem",
        summary="Add an item",
        docs=(
            "A further product of the same interval joins the subscription under the next "
            "running number. Without alignment it joins the next bill; with alignment the rest "
            "of the running interval is charged at once. The answer does not depend on the "
            "payment (R1)."
        ),
        request=wire.AddSubscriptionItem,
        answer=wire.ItemPrices,
        refusals=CHANGING,
        serve=add_item,
    ),
    Endpoint(
        method="POST",
        path="/subscription/increasesubscriptionitemquantity",
        style=Style.COMPATIBLE,
        action="increasesubscriptionitemquantity",
        summary="Add units to an item",
        docs=(
            "Quantity counts the units on top of what there are, at the price of the item. "
            "Alignment works as for updatesubscriptionitem."
        ),
        request=wire.IncreaseSubscriptionItemQuantity,
        answer=wire.ItemPrices,
        refusals=CHANGING,
        serve=increase_quantity,
    ),
    Endpoint(
        method="POST",
        path="/subscription/updatesubscriptionitem",
        style=Style.COMPATIBLE,
        action="updatesubscriptionitem",
        summary="Change an item",
        docs=(
            "Gives the item a new version with another product, quantity, price or name. Without "
            "alignment it is billed from the next billing date on; with alignment the difference "
            "for the rest of the interval is charged at once. A negative difference is refused. "
            "TriggerImmediateRenewal charges the whole next interval now and cannot go with "
            "alignment. The answer does not depend on the payment (R1)."
        ),
        request=wire.UpdateSubscriptionItem,
        answer=wire.ItemPrices,
        refusals=CHANGING,
        serve=update_item,
    ),
    Endpoint(
        method="POST",
        path="/subscription/updatesubscriptionitemprice",
        style=Style.COMPATIBLE,
        action="updatesubscriptionitemprice",
        summary="Change the price of an item",
        docs=(
            "Sets a price of your own, and a new quantity if you like, for all later billings. "
            "Alignment works as for updatesubscriptionitem."
        ),
        request=wire.UpdateSubscriptionItemPrice,
        answer=wire.ItemPrices,
        refusals=CHANGING,
        serve=update_item_price,
    ),
)
