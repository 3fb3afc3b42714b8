-- One body, again and again, at a steady rate. Arguments: the number of the run, how many a second
-- each thread is to send, and the file that has the body.

local load = require "load"
require "paced"

local init_paced = init

function init(args)
  init_paced(args)
  local file = assert(io.open(args[3], "rb"))
  flood = load.post(file:read("*a"))
  file:close()
end

function request()
  return flood
end
