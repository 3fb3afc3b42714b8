-- Webhooks that are all known. Arguments: the number of the run, and how many rows there are.

local load = require "load"

function init(args)
  rows = tonumber(args[2])
  webhook = load.webhooks()
  math.randomseed(args[1] * 1000 + thread_number)
end

function request()
  return webhook(math.random(0, rows - 1))
end
