-- Requests that cannot be right, one kind after the other.

local load = require "load"

function init()
  local function webhook(amount, currency)
    return '{"transaction_id":"txn_1","source_account":"acc_user_001",' ..
      '"destination_account":"acc_merchant_001","amount":' .. amount ..
      ',"currency":"' .. currency .. '"}'
  end
  requests = {
    load.post("not JSON at all"),
    load.post('{"transaction_id":"txn_1","source_account":"acc_user_001"}'),
    load.post(webhook("0.001", "INR")),
    load.post(webhook("1500.50", "???")),
    load.post(webhook("1500.50", "INR"), "text/plain"),
  }
  count = 0
end

function request()
  count = count + 1
  return requests[count % #requests + 1]
end
