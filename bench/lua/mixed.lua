-- Nine webhooks with ids of their own, then a status request for any of the rows that were there
-- before. Arguments: the number of the run, and how many rows there are.

local ids = require "ids"
local load = require "load"

function init(args)
  number = ids.first(tonumber(args[1]), thread_number)
  rows = tonumber(args[2])
  webhook, read = load.webhooks(), load.reads()
  count, reads_sent = 0, 0
  math.randomseed(args[1] * 1000 + thread_number)
end

function request()
  count = count + 1
  if count % 10 == 0 then
    reads_sent = reads_sent + 1
    return read(math.random(0, rows - 1))
  end
  number = number + 1
  return webhook(number)
end
