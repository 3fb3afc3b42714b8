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
