"""Seed 004 with http.client: read the subscription, then upgrade it from the next bill on.

usage: upgrade.py BASE_URL USER PASSWORD
"""

import base64
import http.client
import json
import sys
from urllib.parse import urlsplit

base_url, user, password = sys.argv[1:]
credentials = base64.b64encode(f"{user}:{password}".encode()).decode()
headers = {"Accept": "application/json", "Authorization": "Basic " + credentials}

conn = http.client.HTTPConnection(urlsplit(base_url).netloc)
conn.request("GET", "/subscription/getsubscription?subscriptionId=S67645948", "", headers)
res = conn.getresponse()
found = json.loads(res.read().decode("utf-8"))
sys.stdout.write(json.dumps(found) + "\n")

[item] = [one for one in found["Subscription"]["Items"] if one["IsCurrent"]]
payload = json.dumps(
    {
        "ProductId": 294581,
        "RunningNumber": item["RunningNo"],
        "Quantity": item["Quantity"],
        "SubscriptionId": "S67645948",
        "UpdateAction": 1,
        "CustomerPrice": {"CurrencyId": "USD", "IsGross": True, "Value": 135},
        "AlignmentSettings": {
            "AlignToCurrentInterval": False,
            "GetCustomerPricePreviewOnly": False,
        },
    }
)
# The same connection again: it must have been left in order
headers["Content-Type"] = "application/json"
conn.request("POST", "/subscription/updatesubscriptionitem", payload, headers)
res = conn.getresponse()
sys.stdout.write(res.read().decode("utf-8") + "\n")
conn.close()
