-- Webhooks, each with an id of its own, at a steady rate. Arguments: the number of the run, and
-- how many a second each thread is to send.

local ffi = require "ffi"
ffi.cdef [[
  struct timespec { long seconds; long nanoseconds; };
  int clock_gettime(int clock, struct timespec *now);
]]
require "unique"

local CLOCK_MONOTONIC = 1
local now = ffi.new("struct timespec")

local function milliseconds()
  ffi.C.clock_gettime(CLOCK_MONOTONIC, now)
  return tonumber(now.seconds) * 1000 + tonumber(now.nanoseconds) / 1e6
end

local init_unique = init

function init(args)
  init_unique(args)
  interval = 1000 / tonumber(args[2])
  due = milliseconds()
end

-- Each request has its time. Late ones go at once, so that the rate holds.
function delay()
  due = due + interval
  return math.max(0, math.floor(due - milliseconds() + 0.5))
end
