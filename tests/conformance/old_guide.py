"""The old guide to the API (seed 001): the endpoints that it names, and its two tables."""

from tests.conformance.printed import Exchange, Flow, Kind, Outline, Request

OLD = "001"
RENEWAL_TYPE = "updatesubscriptionrenewaltype"

OLD_GUIDE: tuple[Flow, ...] = (
    Flow(
        exchanges=(
            Exchange(
                request=Request(
                    seed=OLD,
                    place=158,
                    method="POST",
                    target=f"/subscription/{RENEWAL_TYPE}",
                    file=f"{OLD}-manual-{RENEWAL_TYPE}.request.json",
                    note="Printed as a table",
                ),
            ),
            Exchange(
                request=Request(
                    seed=OLD,
                    place=165,
                    kind=Kind.WRONG,
                    method="POST",
                    target=f"/subscription/{RENEWAL_TYPE}",
                    file=f"{OLD}-automatic-{RENEWAL_TYPE}.request.json",
                    note=(
                        "Printed as a table under the title Turn On Manual Renewal, but it sets "
                        "Automatic. It does what it sets"
                    ),
                ),
            ),
        ),
    ),
)

CUSTOMER_QUERY = "&".join(
    f"{name}={{{name}}}"
    for name in ("customerid", "customerreferenceid", "subscriptionstatus", "customeremail")
)

OUTLINES: tuple[Outline, ...] = tuple(
    Outline(seed=OLD, place=place, method=method, target=f"/subscription/{target}")
    for place, method, target in (
        (23, "POST", "addsubscriptionitem"),
        (29, "POST", "alignsubscriptions"),
        (35, "POST", "deactivatesubscriptionitems"),
        (45, "GET", "getsubscription?subscriptionid={subscriptionid}"),
        (51, "GET", f"getsubscriptionsforcustomer?{CUSTOMER_QUERY}"),
        (57, "GET", "getsubscriptionsbypurchase?purchaseid={purchaseid}"),
        (63, "POST", "increasesubscriptionitemquantity"),
        (69, "POST", "reinstatesubscriptionitems"),
        (75, "POST", "removesubscriptionitem"),
        (85, "POST", "renewsubscription"),
        (91, "POST", "updateaccount"),
        (97, "POST", "updatecustomer"),
        (103, "POST", "updatecontact"),
        (109, "POST", "updatenextbillingdate"),
        (115, "POST", "updatesubscriptionitem"),
        (127, "POST", "updatesubscriptionitemprice"),
        (133, "POST", "updatesubscriptionparameters"),
        (143, "POST", "updatesubscriptionrenewaltype"),
    )
)
