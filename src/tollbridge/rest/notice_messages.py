"""Messages about notifications: what their documents look like."""

from typing import Annotated

from tollbridge.notices.types import TYPES
from tollbridge.rest.kinds import Text
from tollbridge.rest.messages import Message, of

LONGEST = max(map(len, TYPES))


class ReadSchema(Message, frozen=True, kw_only=True):
    """The type of notification whose schema is asked for."""

    type: Annotated[str, of(Text(LONGEST), "As in `meta.type`", example="PaidOrderNotification")]
