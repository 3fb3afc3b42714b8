// receiver.mjs PORT SECRET
//
// An HTTP handler as a user would write one: it verifies each post by the library of Standard
// Webhooks, refuses what is not signed with SECRET, and answers 500 to whatever transaction's id ends
// in 00. On SIGTERM it writes what it has seen, as JSON.

import { createServer } from "node:http";
import { Webhook } from "standardwebhooks";

const [port, secret] = process.argv.slice(2);
const webhook = new Webhook(secret);
const seen = { forged: 0, keys: {}, twice: 0 };

const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) {
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks).toString();
  try {
    webhook.verify(body, request.headers);
  } catch {
    seen.forged += 1;
    response.writeHead(401).end();
    return;
  }
  const { transaction_id, idempotency_key } = JSON.parse(body);
  const fails = transaction_id.endsWith("00");
  const key = request.headers["webhook-id"];
  if (key !== idempotency_key || (seen.keys[key] ?? transaction_id) !== transaction_id) {
    seen.forged += 1;
  } else if (seen.keys[key] !== undefined && !fails) {
    seen.twice += 1;
  }
  seen.keys[key] = transaction_id;
  response.writeHead(fails ? 500 : 204).end();
});

process.on("SIGTERM", () => {
  const { forged, keys, twice } = seen;
  console.log(JSON.stringify({ forged, transactions: Object.keys(keys).length, twice }));
  process.exit(0);
});
server.listen(Number(port), "127.0.0.1", () => console.error("ready"));
