-- The requests that all scripts are made of, and what they print in the end.

local ids = require "ids"
local requests = {}

function requests.post(body, content_type)
  local headers = { ["Content-Type"] = content_type or "application/json" }
  return wrk.format("POST", "/v1/webhooks/transactions", headers, body)
end

-- Returns a function that makes the webhook of a number. All webhooks are of one length, so that
-- wrk.format, which is slow, is needed once.
function requests.webhooks()
  local template = requests.post(
    '{"transaction_id":"' .. ids.id(0) .. '","source_account":"acc_user_001",' ..
    '"destination_account":"acc_merchant_001","amount":1500.50,"currency":"INR"}')
  local first, last = template:find(ids.id(0), 1, true)
  local before, after = template:sub(1, first - 1), template:sub(last + 1)
  return function(number)
    return before .. ids.id(number) .. after
  end
end

-- Returns a function that makes the status request of a number.
function requests.reads()
  local template = wrk.format("GET", "/v1/transactions/ID")
  local first, last = template:find("ID", 1, true)
  local before, after = template:sub(1, first - 1), template:sub(last + 1)
  return function(number)
    return before .. ids.id(number) .. after
  end
end

return requests
