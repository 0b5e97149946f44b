"""The table of endpoints: nothing is served that is not in it, and OpenAPI is made from it."""

from functools import cache

import msgspec

from tollbridge.rest.docs_page import page
from tollbridge.rest.endpoint import ANYBODY, Call, Endpoint, Page, Style
from tollbridge.rest.item_endpoints import ITEM_ENDPOINTS
from tollbridge.rest.life_endpoints import LIFE_ENDPOINTS
from tollbridge.rest.mail_endpoints import MAIL_ENDPOINTS
from tollbridge.rest.notice_endpoints import NOTICE_ENDPOINTS
from tollbridge.rest.notification_endpoints import NOTIFICATION_ENDPOINTS
from tollbridge.rest.openapi import document
from tollbridge.rest.own_endpoints import OWN_ENDPOINTS
from tollbridge.rest.profile_endpoints import PROFILE_ENDPOINTS
from tollbridge.rest.purchase_endpoints import PURCHASE_ENDPOINTS
from tollbridge.rest.read_endpoints import READ_ENDPOINTS
from tollbridge.rest.replacement_endpoints import REPLACEMENT_ENDPOINTS
from tollbridge.rest.sandbox_messages import Ask
from tollbridge.rest.time_endpoints import TIME_ENDPOINTS


@cache
def _described() -> msgspec.Raw:
    return document(ENDPOINTS)


def describe(_: Call[Ask]) -> msgspec.Raw:
    """The OpenAPI document of this table."""
    return _described()


DESCRIPTION = Endpoint(
    method="GET",
    path="/openapi.json",
    style=Style.OPEN,
    action="openapi",
    summary="This document",
    docs="OpenAPI 3.1, made from the table that the platform serves from.",
    request=Ask,
    answer=None,
    refusals=ANYBODY,
    serve=describe,
)


@cache
def _page() -> Page:
    return page(ENDPOINTS)


def show(_: Call[Ask]) -> Page:
    """The page that shows this table."""
    return _page()


PAGE = Endpoint(
    method="GET",
    path="/docs",
    style=Style.OPEN,
    action="docs",
    summary="This table, for people",
    docs="A page without script that reads offline, made from the table that is served.",
    request=Ask,
    answer=None,
    refusals=ANYBODY,
    serve=show,
    media="text/html",
)

ENDPOINTS: tuple[Endpoint, ...] = (
    *READ_ENDPOINTS,
    *ITEM_ENDPOINTS,
    *LIFE_ENDPOINTS,
    *PROFILE_ENDPOINTS,
    *PURCHASE_ENDPOINTS,
    *TIME_ENDPOINTS,
    *MAIL_ENDPOINTS,
    *OWN_ENDPOINTS,
    *REPLACEMENT_ENDPOINTS,
    *NOTICE_ENDPOINTS,
    *NOTIFICATION_ENDPOINTS,
    DESCRIPTION,
    PAGE,
)
