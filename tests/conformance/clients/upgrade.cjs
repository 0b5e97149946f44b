// Seed 004 with Node's https: read the subscription, then upgrade it from the next bill on.
// usage: node upgrade.cjs BASE_URL USER PASSWORD
const https = require("https");

const [baseUrl, user, password] = process.argv.slice(2);
const credentials = Buffer.from(user + ":" + password).toString("base64");

function call(method, path, body, done) {
  const options = {
    method: method,
    headers: {
      "Content-Type": "application/json",
      Accept: "application/json",
      Authorization: "Basic " + credentials,
    },
  };
  const req = https.request(baseUrl + path, options, function (res) {
    const chunks = [];
    res.on("data", function (chunk) {
      chunks.push(chunk);
    });
    res.on("end", function () {
      const text = Buffer.concat(chunks).toString();
      console.log(text);
      if (res.statusCode !== 200) {
        process.exit(1);
      }
      if (done) {
        done(JSON.parse(text));
      }
    });
  });
  req.on("error", function (err) {
    console.error("Request error:", err);
    process.exit(1);
  });
  // Without Content-Length: Node sends the body in chunks
  if (body) {
    req.write(JSON.stringify(body));
  }
  req.end();
}

call("GET", "/subscription/getsubscription?subscriptionId=S67645948", null, function (found) {
  const item = found.Subscription.Items.find((one) => one.IsCurrent);
  call("POST", "/subscription/updatesubscriptionitem", {
    ProductId: 294581,
    RunningNumber: item.RunningNo,
    Quantity: item.Quantity,
    SubscriptionId: "S67645948",
    UpdateAction: 1,
    CustomerPrice: { CurrencyId: "USD", IsGross: true, Value: 135.0 },
    AlignmentSettings: { AlignToCurrentInterval: false, GetCustomerPricePreviewOnly: false },
  });
});
