#!/bin/sh
# Seed 003 with curl: how many seats are there? Twenty at 4.00 from the next bill on.
# usage: seats.sh BASE_URL USER PASSWORD
set -eu
base_url=$1
credentials=$(printf '%s:%s' "$2" "$3" | base64)

curl --silent --show-error --fail --noproxy '*' --request GET \
  --url "$base_url/subscription/getsubscription?RunningNumber=1&SubscriptionId=S67531904&isCurrent=true" \
  --header "Accept: application/json" \
  --header "Authorization: Basic $credentials"
echo
curl --silent --show-error --fail --noproxy '*' --location "$base_url/subscription/updatesubscriptionitemprice" \
  --header 'Content-Type: application/json' \
  --header 'Accept: application/json' \
  --header "Authorization: Basic $credentials" \
  --data '{
    "SubscriptionId": "S67531904",
    "RunningNumber": 1,
    "UpdateAction": "upgrade",
    "ForcePriceRecalculation": false,
    "Quantity": 20,
    "CustomerPrice": {
        "CurrencyId": "USD",
        "IsGross": true,
        "Value": 4.0
    },
    "AlignmentSettings": {
      "AlignToCurrentInterval": false,
      "GetCustomerPricePreviewOnly": false,
      "GetCustomerPricePreviewOnly": false
    }
  }'
echo
