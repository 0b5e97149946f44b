"""The requests and answers of the integration guide (seed 002)."""

from tests.conformance.printed import DEMO, Answer, Exchange, Flow, Kind, Request

GUIDE = "002"
ITEM = "updatesubscriptionitem"
UNQUOTED = "No JSON: USD has no quotes and a comma is missing. 400; the repaired body works"
NOT_SHORTENED = (
    "The text shortens the interval of the new licence, the sample extends that of the old one "
    "(ExtendInterval true). The text is right; as it is printed it is answered as what it asks for"
)
WITHOUT_COMMAS = (
    "No JSON: the commas are missing. ContinueUrl has our host, merchant, purchase and token"
)


def _asked(  # noqa: PLR0913 - a sample is all of this
    place: int,
    action: str,
    file: str = "",
    *,
    corrected: str = "",
    status: int = 200,
    authorised: bool = True,
    note: str = "",
    charged: str = "",
    answer: Answer | None = None,
    wrong: bool = False,
) -> Exchange:
    """A POST of the guide; `file` and `corrected` are the lines that the files are named after."""
    wrong = wrong or bool(corrected) or status != 200
    request = Request(
        seed=GUIDE,
        place=place,
        kind=Kind.WRONG if wrong else Kind.EXACT,
        method="POST",
        target=f"/subscription/{action}",
        file=f"{GUIDE}-{file or place}-{action}.request.json",
        corrected=f"{GUIDE}-{corrected}-{action}.corrected.json" if corrected else "",
        status=status,
        authorised=authorised,
        note=note,
    )
    return Exchange(request=request, answer=answer, charged=charged)


def _flow(stage: str, *exchanges: Exchange) -> Flow:
    return Flow(stage=stage, exchanges=exchanges)


def _renewed(place: int) -> Answer:
    """What both calls of renewsubscription are answered with."""
    return Answer(
        seed=GUIDE,
        place=place,
        kind=Kind.WRONG,
        file=f"{GUIDE}-994-renewsubscription.answer.json",
        instead=f"{GUIDE}-994-renewsubscription.instead.json",
        ours=("ContinueUrl",),
        note=WITHOUT_COMMAS,
    )


UPGRADED = Answer(
    seed=GUIDE,
    place=543,
    kind=Kind.WRONG,
    file=f"{GUIDE}-543-{ITEM}.answer.json",
    instead=f"{GUIDE}-543-{ITEM}.instead.json",
    note=(
        "Net and VAT are swapped; an object around the fields, numbers as texts and _xmlns are "
        "left over from XML; NextRenewal prices are absent. We answer as seed 004 line 353 shows"
    ),
)

INTEGRATION_GUIDE: tuple[Flow, ...] = (
    _flow(
        DEMO,
        _asked(217, "addsubscriptionitem", charged="74.67"),
        _asked(242, "addsubscriptionitem", charged="74.67"),
    ),
    _flow(
        DEMO,
        _asked(
            307,
            "increasesubscriptionitemquantity",
            charged="186.67",
            note="The text calls Quantity the new total; the reference: what is added. It is added",
        ),
        _asked(
            332,
            "increasesubscriptionitemquantity",
            charged="186.67",
            note="The text calls Quantity the new total; the reference: what is added. It is added",
        ),
    ),
    _flow("upgrade", _asked(403, ITEM, charged="50.32"), _asked(430, ITEM, charged="50.32")),
    _flow(
        "upgrade",
        _asked(502, ITEM, "403", charged="50.32"),
        _asked(529, ITEM, "430", charged="50.32", answer=UPGRADED),
    ),
    _flow(
        "longer plan",
        _asked(614, ITEM, "403", charged="95"),
        _asked(641, ITEM, "430", charged="95"),
    ),
    _flow("seat", _asked(713, ITEM, charged="120"), _asked(741, ITEM, charged="120")),
    _flow("seat", _asked(813, ITEM, "713", corrected="813", charged="40", note=NOT_SHORTENED)),
    _flow("seat", _asked(841, ITEM, "741", corrected="841", note=NOT_SHORTENED)),
    _flow(
        DEMO,
        _asked(
            902,
            "updatecontact",
            corrected="902",
            status=400,
            note=(
                "Names neither the subscription nor the customer: nobody can tell whose contact it "
                "is. 400; with SubscriptionId it works"
            ),
        ),
    ),
    _flow(
        "coupon",
        _asked(957, ITEM, wrong=True, charged="0", note="The closing quote of --data is missing"),
    ),
    _flow("renewal", _asked(986, "renewsubscription", answer=_renewed(994))),
    _flow(
        "coupon",
        _asked(
            1060,
            ITEM,
            note="The text above it names updatenextbillingdate; the sample is right",
        ),
    ),
    _flow("renewal with reset", _asked(1126, "renewsubscription", answer=_renewed(1134))),
    _flow(
        "data plan",
        _asked(1203, ITEM, corrected="1203", status=400, note=UNQUOTED),
        _asked(1237, ITEM, corrected="1237", status=400, note=UNQUOTED),
    ),
    _flow("data plan", _asked(1319, ITEM), _asked(1348, ITEM)),
    _flow(
        "data plan",
        _asked(1427, ITEM, corrected="1427", status=400, note=UNQUOTED),
        _asked(1461, ITEM, corrected="1461", status=400, note=UNQUOTED),
    ),
    _flow("data plan", _asked(1543, ITEM), _asked(1572, ITEM)),
    _flow(
        "win-back",
        _asked(1636, "reinstatesubscriptionitems"),
        _asked(
            1650,
            "updatenextbillingdate",
            authorised=False,
            status=401,
            note="Carries no credentials. 401; with them it works",
        ),
    ),
    _flow(
        "manual",
        _asked(1699, "updatesubscriptionrenewaltype"),
        _asked(1737, "updatenextbillingdate"),
    ),
    _flow(DEMO, _asked(1778, "updatesubscriptionrenewaltype")),
    _flow("data plan", _asked(1830, ITEM, charged="0")),
    _flow(DEMO, _asked(1896, "deactivatesubscriptionitems")),
)
