"""Tollbridge's own endpoints about notifications, and about who is sent them."""

from tollbridge.commands.replay import REPLAY_MAX
from tollbridge.rest import notification_messages as wire
from tollbridge.rest.endpoint import CHANGING, READING, Endpoint, Style
from tollbridge.rest.notification_calls import (
    add_endpoint,
    get_endpoint,
    get_notification,
    list_endpoints,
    list_notifications,
    put_endpoint,
    remove_endpoint,
    replay_notification,
    replay_notifications,
    rotate_secret,
)
from tollbridge.rest.sandbox_messages import Ask

OF_ALL = (400, 401, 403, 429, 500, 503)

NOTIFICATION_ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path="/tollbridge/endpoints",
        style=Style.OWN,
        action="list_endpoints",
        summary="List who is told",
        docs="All endpoints of the merchant; their secrets are never told.",
        request=Ask,
        answer=wire.Endpoints,
        refusals=OF_ALL,
        serve=list_endpoints,
    ),
    Endpoint(
        method="POST",
        path="/tollbridge/endpoints",
        style=Style.OWN,
        action="add_endpoint",
        summary="Say who is to be told",
        docs=(
            "The answer has the signing secret, which is shown only now. The URL is checked: "
            "https unless the merchant is a sandbox, and no private address unless the settings "
            "allow it (402)."
        ),
        request=wire.AddEndpoint,
        answer=wire.EndpointAdded,
        refusals=CHANGING,
        serve=add_endpoint,
        slow=True,  # looks up the host
    ),
    Endpoint(
        method="GET",
        path="/tollbridge/endpoints/{endpoint_id}",
        style=Style.OWN,
        action="read_endpoint",
        summary="Read who is told",
        docs="Its settings; its secrets are never told.",
        request=wire.OneEndpoint,
        answer=wire.EndpointText,
        refusals=READING,
        serve=get_endpoint,
    ),
    Endpoint(
        method="PUT",
        path="/tollbridge/endpoints/{endpoint_id}",
        style=Style.OWN,
        action="put_endpoint",
        summary="Change who is told of what",
        docs=(
            "All settings, in place of those before; the signing secret stays. With `active` one "
            "that ended itself (410) is sent notifications again, and what waited for it too."
        ),
        request=wire.PutEndpoint,
        answer=wire.EndpointText,
        refusals=(*READING, 402, 413),
        serve=put_endpoint,
        slow=True,  # looks up the host
    ),
    Endpoint(
        method="POST",
        path="/tollbridge/endpoints/{endpoint_id}/rotate",
        style=Style.OWN,
        action="rotate_secret",
        summary="Replace the signing secret of an endpoint",
        docs=(
            "The answer has the new secret, which is shown only now. What is sent within the "
            "overlap has a signature by each of the two."
        ),
        request=wire.RotateSecret,
        answer=wire.SecretRotated,
        refusals=CHANGING,
        serve=rotate_secret,
    ),
    Endpoint(
        method="POST",
        path="/tollbridge/endpoints/{endpoint_id}/remove",
        style=Style.OWN,
        action="remove_endpoint",
        summary="Tell an endpoint nothing any more",
        docs="What was sent to it stays in the log; what waits for it is never sent.",
        request=wire.OneEndpoint,
        answer=wire.EndpointRemoved,
        refusals=CHANGING,
        serve=remove_endpoint,
    ),
    Endpoint(
        method="GET",
        path="/tollbridge/notifications",
        style=Style.OWN,
        action="list_notifications",
        summary="List notifications",
        docs=(
            "By business time, the newest first, with their documents in JSON. The next page "
            "begins at `next_cursor`."
        ),
        request=wire.ListNotifications,
        answer=wire.Notifications,
        refusals=OF_ALL,
        serve=list_notifications,
    ),
    Endpoint(
        method="POST",
        path="/tollbridge/notifications/replay",
        style=Style.OWN,
        action="replay_notifications",
        summary="Send notifications again",
        docs=(
            f"All that fit, at most {REPLAY_MAX}: of more nothing is sent (402). They have the "
            "same ids and documents as the first time, and no order among them."
        ),
        request=wire.ReplayNotifications,
        answer=wire.Replayed,
        refusals=CHANGING,
        serve=replay_notifications,
    ),
    Endpoint(
        method="GET",
        path="/tollbridge/notifications/{notification_id}",
        style=Style.OWN,
        action="read_notification",
        summary="Read a notification and what became of it",
        docs=(
            "Its document in JSON, what is sent byte for byte, its deliveries, and every attempt. "
            "The document is made now if nobody needed it before."
        ),
        request=wire.OneNotification,
        answer=wire.NotificationHistory,
        refusals=READING,
        serve=get_notification,
    ),
    Endpoint(
        method="POST",
        path="/tollbridge/notifications/{notification_id}/replay",
        style=Style.OWN,
        action="replay_notification",
        summary="Send a notification again",
        docs="With the same id and document, beside the order; refused where nobody wants it.",
        request=wire.ReplayNotification,
        answer=wire.Replayed,
        refusals=CHANGING,
        serve=replay_notification,
    ),
)
