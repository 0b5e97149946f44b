"""Set up a merchant."""

from tollbridge.commands.catalog_file import MerchantSettings
from tollbridge.domain.merchant import Merchant, Mode
from tollbridge.domain.refusal import NotAllowed
from tollbridge.ports import Platform


def add_merchant(platform: Platform, settings: MerchantSettings) -> Merchant:
    """The new merchant; NotAllowed when there is one with this id."""
    if platform.store.merchant(settings.id) is not None:
        raise NotAllowed("merchant_exists", f"Merchant {settings.id} exists already", field="id")
    merchant = new_merchant(platform, settings)
    platform.store.put_merchant(merchant)
    return merchant


def new_merchant(platform: Platform, settings: MerchantSettings) -> Merchant:
    """A merchant as it begins: in a sandbox with a clock of its own (R23); a random link key."""
    clock = settings.clock or platform.wall()
    return Merchant(
        id=settings.id,
        name=settings.name,
        mode=settings.mode,
        clock=clock if settings.mode is Mode.SANDBOX else None,
        country=settings.country,
        currency=settings.currency,
        management_model=settings.management_model,
        reminder_days=settings.reminder_days,
        offline_reminder_days=settings.offline_reminder_days,
        grace_days=settings.grace_days,
        hold_days=settings.hold_days,
        retry_days=settings.retry_days,
        sync_with_payment_date=settings.sync_with_payment_date,
        enforce_replacements=settings.enforce_replacements,
        colour=settings.colour,
        address=settings.address,
        support_email=settings.support_email,
        notices=settings.notices,
        link_key=platform.new_key().encode(),
    )
