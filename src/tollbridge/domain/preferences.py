"""A subscription's renewal type and parameters (subscription-api.md 2.17, 2.18)."""

from collections.abc import Mapping

from tollbridge.domain.decision import Change, Context, Decision, require_active
from tollbridge.domain.events import ParametersChanged, RenewalTypeChanged
from tollbridge.domain.merchant import ManagementModel
from tollbridge.domain.refusal import NotAllowed
from tollbridge.domain.subscription import RenewalType, Subscription
from tollbridge.domain.voiding import voided_next_interval

PARAMETERS_MAX = 100  # keys of one subscription
PARAMETER_LENGTH_MAX = 1000  # characters of a key or value


def decide_renewal_type(
    subscription: Subscription, renewal_type: RenewalType, context: Context
) -> Decision:
    """Automatic or manual from now on; the type it has already changes nothing.

    Raises NotAllowed under management model One (R21) and for a status other than Active (R18).
    """
    if subscription.management_model is ManagementModel.ONE:
        raise NotAllowed(
            "management_model_one",
            "The renewal type can only be changed under subscription management 2.0",
            field="RenewalType",
        )
    require_active(subscription)
    change = Change(subscription)
    if renewal_type is not subscription.renewal_type:
        change = voided_next_interval(change, context.now)
        change = change.then(RenewalTypeChanged(at=context.now, renewal_type=renewal_type))
    return Decision(changes=(change,), parties=context.parties)


def decide_parameters(
    subscription: Subscription, parameters: Mapping[str, str], context: Context
) -> Decision:
    """Set parameters; an empty value removes its key (subscription-api.md 2.17).

    Raises NotAllowed for a status other than Active (R18), an empty call or key, and too many or
    too long parameters.
    """
    require_active(subscription)
    _require_bounded(subscription, parameters)
    event = ParametersChanged(at=context.now, parameters=dict(parameters))
    return Decision(changes=(Change(subscription).then(event),), parties=context.parties)


def _require_bounded(subscription: Subscription, parameters: Mapping[str, str]) -> None:
    texts = [*parameters, *parameters.values()]
    kept = [key for key, value in {**subscription.parameters, **parameters}.items() if value]
    if not parameters or "" in parameters:
        raise NotAllowed("no_items", "Items must name at least one key", field="Items")
    if max(map(len, texts)) > PARAMETER_LENGTH_MAX or len(kept) > PARAMETERS_MAX:
        raise NotAllowed(
            "too_many_parameters",
            f"At most {PARAMETERS_MAX} parameters of {PARAMETER_LENGTH_MAX} characters",
            field="Items",
        )
