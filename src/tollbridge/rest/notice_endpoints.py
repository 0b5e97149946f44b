"""The schemas of notifications, where `meta.schemaUrl` points to."""

from msgspec import Raw

from tollbridge.domain.refusal import NotFound
from tollbridge.notices.schemas import schema_of
from tollbridge.notices.types import SCHEMA_PATH, TYPES
from tollbridge.rest.endpoint import ANYBODY, Call, Endpoint, Style
from tollbridge.rest.notice_messages import ReadSchema


def show_schema(call: Call[ReadSchema]) -> Raw:
    """The JSON Schema of a type; NotFound for one that has none."""
    wanted = call.message.type
    if wanted not in TYPES:
        raise NotFound(
            "notification_type_unknown", "There is no notification of this type", field="type"
        )
    return Raw(schema_of(wanted))


NOTICE_ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path=f"{SCHEMA_PATH}/{{type}}",
        style=Style.OPEN,
        action="get_notification_schema",
        summary="Read the JSON Schema of a notification",
        docs=(
            "What `meta.schemaUrl` of a notification points to. Fields may be added, so unknown "
            "ones are allowed."
        ),
        request=ReadSchema,
        answer=None,
        refusals=(*ANYBODY, 404),
        serve=show_schema,
    ),
)
