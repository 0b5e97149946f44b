"""A client that sends its credentials only after the 401 has asked for them, as .NET's does.

usage: after_401.py BASE_URL USER PASSWORD
"""

import json
import sys
from urllib.request import (
    HTTPBasicAuthHandler,
    HTTPPasswordMgrWithDefaultRealm,
    ProxyHandler,
    Request,
    build_opener,
)

base_url, user, password = sys.argv[1:]
passwords = HTTPPasswordMgrWithDefaultRealm()
passwords.add_password(None, base_url, user, password)
opener = build_opener(ProxyHandler({}), HTTPBasicAuthHandler(passwords))

with opener.open(base_url + "/subscription/getsubscription?subscriptionid=67531904") as res:
    sys.stdout.write(res.read().decode("utf-8") + "\n")

# Its body is sent twice, and must have its effect once
body = {
    "subscriptionId": "67531904",
    "runningNumber": 1,
    "quantity": 2,
    "AlignmentSettings": {"AlignToCurrentInterval": False},
}
req = Request(  # noqa: S310 - the caller names the server
    base_url + "/subscription/increasesubscriptionitemquantity",
    data=json.dumps(body).encode(),
    headers={"Content-Type": "application/json", "Accept": "application/json"},
)
with opener.open(req) as res:
    sys.stdout.write(res.read().decode("utf-8") + "\n")
