// senders.mjs URL DIRECTORY
//
// Posts webhooks that the senders' own libraries have signed to the payhook at URL, and checks what
// becomes of them. Its sources have the names below, and DIRECTORY has a file with the secret of each.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Webhook as StandardWebhook } from "standardwebhooks";
import Stripe from "stripe";
import { Webhook as SvixWebhook } from "svix";

const [url, directory] = process.argv.slice(2);
const stranger = `whsec_${randomBytes(24).toString("base64")}`;

const plain = {
  body: (id) =>
    JSON.stringify({
      transaction_id: id,
      source_account: "acc_zoë",
      destination_account: "acc_merchant_001",
      amount: 12.34,
      currency: "EUR",
    }),
  row: { source_account: "acc_zoë", destination_account: "acc_merchant_001", amount: 12.34, currency: "EUR" },
};

const paymentIntent = {
  body: (id) =>
    JSON.stringify(
      {
        id: `evt_${id}`,
        object: "event",
        livemode: true,
        type: "payment_intent.succeeded",
        data: {
          object: {
            id,
            object: "payment_intent",
            amount: 2000,
            amount_received: 1234,
            currency: "eur",
            customer: "cus_1",
            description: "for Zoë",
          },
        },
      },
      null,
      2,
    ),
  row: { source_account: "cus_1", destination_account: "stripe", amount: 12.34, currency: "EUR" },
};

const standardHeaders = (Webhook, prefix) => (body, seconds, secrets) => {
  const id = `msg_${randomBytes(12).toString("hex")}`;
  const signatures = secrets.map((secret) => new Webhook(secret).sign(id, new Date(seconds * 1000), body));
  return {
    "content-type": "application/json",
    [`${prefix}-id`]: id,
    [`${prefix}-timestamp`]: `${seconds}`,
    [`${prefix}-signature`]: signatures.join(" "),
  };
};

const stripeHeaders = (body, seconds, secrets) => {
  const [first, ...others] = secrets.map((secret) =>
    Stripe.webhooks.generateTestHeaderString({ payload: body, timestamp: seconds, secret }),
  );
  const signatures = others.map((header) => header.replace(/^t=\d+/, ""));
  return { "content-type": "application/json; charset=utf-8", "stripe-signature": first + signatures.join("") };
};

const senders = [
  { name: "standard-webhooks", headers: standardHeaders(StandardWebhook, "webhook"), ...plain },
  { name: "svix", headers: standardHeaders(SvixWebhook, "svix"), ...plain },
  { name: "stripe", headers: stripeHeaders, ...paymentIntent },
];

for (const { name, headers, body, row } of senders) {
  const secret = readFileSync(`${directory}/${name}`, "utf8").trim();

  const becomes = async (id, status, { age = 0, secrets = [secret], sent = (text) => text } = {}) => {
    const signed = headers(body(id), Math.floor(Date.now() / 1000) - age, secrets);
    const answer = await fetch(`${url}/v1/webhooks/${name}`, { method: "POST", headers: signed, body: sent(body(id)) });
    assert.equal(answer.status, status, await answer.text());

    const found = await fetch(`${url}/v1/transactions/${name}:${id}`);
    assert.equal(found.status, status === 202 ? 200 : 404);
    if (found.status === 200) {
      const { source_account, destination_account, amount, currency } = await found.json();
      assert.deepEqual({ source_account, destination_account, amount, currency }, row);
    }
  };

  test(`${name}: what is signed with the secret is kept`, () => becomes("pi_1", 202));
  test(`${name}: what has one byte changed is refused`, () =>
    becomes("pi_2", 401, { sent: (text) => text.replace("34", "35") }));
  test(`${name}: what was signed an hour ago is refused`, () => becomes("pi_3", 401, { age: 3600 }));
  test(`${name}: what is signed with another secret is refused`, () => becomes("pi_4", 401, { secrets: [stranger] }));
  test(`${name}: one of two signatures is enough`, () => becomes("pi_5", 202, { secrets: [stranger, secret] }));
}
