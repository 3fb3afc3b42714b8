-- Status requests. Arguments: the number of the run, and how many rows to choose from.

local load = require "load"

function init(args)
  rows = tonumber(args[2])
  read = load.reads()
  math.randomseed(args[1] * 1000 + thread_number)
end

function request()
  return read(math.random(0, rows - 1))
end
