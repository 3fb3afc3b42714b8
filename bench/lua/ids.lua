-- The ids of webhooks, by their numbers: the same as bench/tools/fill_database.cpp gives them.

local bit = require "bit"
local ids = {}

-- The finishing step of splitmix64: distinct numbers have distinct, random-looking images.
local function scrambled(number)
  number = number * 0x9e3779b97f4a7c15ULL
  number = bit.bxor(number, bit.rshift(number, 30)) * 0xbf58476d1ce4e5b9ULL
  number = bit.bxor(number, bit.rshift(number, 27)) * 0x94d049bb133111ebULL
  return bit.bxor(number, bit.rshift(number, 31))
end

function ids.id(number)
  return "txn_" .. bit.tohex(scrambled(number + 0ULL), 16)
end

-- Where the numbers of one thread of one run begin (runs count from 1), so that no other thread,
-- run or filled database has them.
function ids.first(run, thread)
  return run * 2 ^ 40 + thread * 2 ^ 36
end

return ids
