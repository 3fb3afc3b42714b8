-- For wrk: POSTs webhooks, each with a transaction_id of its own.

local threads = 0

function setup(thread)
  thread:set("id", threads)
  threads = threads + 1
end

function init(args)
  run = args[1] or tostring(os.time())
  count = 0
  headers = { ["Content-Type"] = "application/json" }
end

function request()
  count = count + 1
  local body = string.format(
    '{"transaction_id":"%s_%d_%d","source_account":"acc_user_001",' ..
    '"destination_account":"acc_merchant_001","amount":1500.50,"currency":"INR"}', run, id, count)
  return wrk.format("POST", "/v1/webhooks/transactions", headers, body)
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format("%d %.1f %d %d\n", summary.requests / (summary.duration / 1e6),
    latency:percentile(99) / 1000, summary.requests,
    errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
