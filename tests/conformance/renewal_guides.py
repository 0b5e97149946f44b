"""The requests and answers of the two guides about renewals.

Seed 003 is "Customize Subscription Renewal Price", seed 004 is "Upgrade a Subscription Effective
Next Billing Date".
"""

from tests.conformance.printed import Answer, Exchange, Flow, Kind, Request

RENEWAL_GUIDES: tuple[Flow, ...] = (
    Flow(
        exchanges=(
            Exchange(
                request=Request(
                    seed="003",
                    place=62,
                    again=(71, 97, 145),
                    method="GET",
                    target="/subscription/getsubscription?RunningNumber=1&SubscriptionId=S67531904&isCurrent=true",
                ),
                answer=Answer(
                    seed="003",
                    place=170,
                    file="003-getsubscription.answer.json",
                    note="One line ends in a comment. SelfServiceUrl has our host and token",
                    ours=("SelfServiceUrl",),
                ),
            ),
            Exchange(
                request=Request(
                    seed="003",
                    place=350,
                    again=(374, 395, 452, 477),
                    method="POST",
                    target="/subscription/updatesubscriptionitemprice",
                    file="003-updatesubscriptionitemprice.request.json",
                    note=(
                        "GetCustomerPricePreviewOnly stands twice but for Python and JavaScript. "
                        "The curl lacks its line continuations. No answer is printed"
                    ),
                ),
            ),
        ),
    ),
    Flow(
        exchanges=(
            Exchange(
                request=Request(
                    seed="004",
                    place=52,
                    again=(63, 73, 100),
                    method="GET",
                    target="/subscription/getsubscription?subscriptionId=S67645948",
                    note="The curl lacks its line continuations",
                ),
                answer=Answer(
                    seed="004",
                    place=107,
                    kind=Kind.EXCERPT,
                    file="004-getsubscription.answer.json",
                    note="Its order contradicts seed 003 line 170, which is complete",
                    ordered=False,
                ),
            ),
            Exchange(
                request=Request(
                    seed="004",
                    place=223,
                    again=(246, 266, 323, 348),
                    method="POST",
                    target="/subscription/updatesubscriptionitem",
                    file="004-updatesubscriptionitem.request.json",
                    note="Asks for S67439867, where the first step of the guide reads S67645948",
                ),
                answer=Answer(seed="004", place=353, file="004-updatesubscriptionitem.answer.json"),
            ),
        ),
    ),
)
