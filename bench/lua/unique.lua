-- Webhooks, each with an id of its own. Arguments: the number of the run.

local ids = require "ids"
local load = require "load"

function init(args)
  number = ids.first(tonumber(args[1]), thread_number)
  webhook = load.webhooks()
end

function request()
  number = number + 1
  return webhook(number)
end
