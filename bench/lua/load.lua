-- What the scripts for wrk share: the requests they send, and what is printed in the end.

local ids = require "ids"
local load = {}

function load.post(body, content_type)
  local headers = { ["Content-Type"] = content_type or "application/json" }
  return wrk.format("POST", "/v1/webhooks/transactions", headers, body)
end

-- Returns a function that puts the id of a number into a request. wrk.format is slow, so it is not
-- called for each: all ids are of one length.
local function with_ids(template)
  local first, last = template:find(ids.id(0), 1, true)
  local before, after = template:sub(1, first - 1), template:sub(last + 1)
  return function(number)
    return before .. ids.id(number) .. after
  end
end

function load.webhooks()
  return with_ids(load.post(
    '{"transaction_id":"' .. ids.id(0) .. '","source_account":"acc_user_001",' ..
    '"destination_account":"acc_merchant_001","amount":1500.50,"currency":"INR"}'))
end

function load.reads()
  return with_ids(wrk.format("GET", "/v1/transactions/" .. ids.id(0)))
end

-- wrk calls these two: before its threads start, and when they have ended.

local threads = {}

function setup(thread)
  thread:set("thread_number", #threads)
  table.insert(threads, thread)
end

local function total_of(name)
  local total = 0
  for _, thread in ipairs(threads) do
    total = total + (thread:get(name) or 0)
  end
  return total
end

function done(summary, latency)
  local errors = summary.errors
  local percentiles = {}
  for _, p in ipairs({ 1, 10, 25, 50, 75, 90, 95, 99, 99.5, 99.9 }) do
    table.insert(percentiles, string.format('"%g":%d', p, latency:percentile(p)))
  end
  io.write(string.format(
    '{"requests":%d,"microseconds":%d,"refused":%d,"failed":%d,"reads":%d,"latency":{%s}}\n',
    summary.requests, summary.duration, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    total_of("reads_sent"), table.concat(percentiles, ",")))
end

return load
