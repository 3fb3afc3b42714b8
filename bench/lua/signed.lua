-- Webhooks, each with an id of its own, signed by HMAC-SHA256. Arguments: the number of the run, and
-- the case: "mapped" is a provider's own body, "unsigned, as large as mapped" the five fields with
-- that beside them, and any other the five fields.

local ffi = require "ffi"
local ids = require "ids"
local load = require "load"

ffi.cdef [[
  const void *EVP_sha256(void);
  unsigned char *HMAC(const void *digest, const void *key, int key_size, const char *content,
                      size_t content_size, unsigned char *result, unsigned int *result_size);
]]

local crypto = ffi.load("libcrypto.so.3")
local sha256 = crypto.EVP_sha256()
local secret = "secret-of-the-benchmark"
local result = ffi.new("unsigned char[32]")
local digits = {}
for byte = 0, 255 do
  digits[byte] = string.format("%02x", byte)
end

local function signature(body)
  crypto.HMAC(sha256, secret, #secret, body, #body, result, nil)
  local hex = {}
  for i = 0, 31 do
    hex[i + 1] = digits[result[i]]
  end
  return table.concat(hex)
end

local fields = '{"transaction_id":"%s","source_account":"acc_user_001",' ..
  '"destination_account":"acc_merchant_001","amount":1500.50,"currency":"INR"}'

local provider = '{"entity":"event","account_id":"acc_BFQ7uQEaa7j2z7","event":"payment.captured",' ..
  '"contains":["payment"],"payload":{"payment":{"entity":{"id":"%s","entity":"payment",' ..
  '"amount":150050,"currency":"INR","status":"captured","order_id":"order_DESlLckIVRkHWj",' ..
  '"invoice_id":null,"international":false,"method":"netbanking","amount_refunded":0,' ..
  '"refund_status":null,"captured":true,"description":null,"card_id":null,"bank":"HDFC",' ..
  '"wallet":null,"vpa":null,"email":"gaurav.kumar@example.com","contact":"+919876543210",' ..
  '"notes":[],"fee":2,"tax":0,"error_code":null,"error_description":null,' ..
  '"created_at":1567674599}}},"created_at":1567674606}'

function init(args)
  number = ids.first(tonumber(args[1]), thread_number)
  local is_mapped = args[2] == "mapped"
  if args[2] == "unsigned, as large as mapped" then
    fields = fields:sub(1, -2) .. ',"more":"' .. ("x"):rep(#provider - #fields) .. '"}'
  end
  local path = is_mapped and "/v1/webhooks/razorpay" or "/v1/webhooks/transactions"
  local header = is_mapped and "X-Razorpay-Signature" or "X-Signature"
  local body = is_mapped and provider or fields
  local first, last = body:find("%s", 1, true)
  before, after = body:sub(1, first - 1), body:sub(last + 1)
  -- wrk.format is slow, so it is not called for each: all ids are of one length.
  local any = before .. ids.id(0) .. after
  local request = wrk.format("POST", path,
    { ["Content-Type"] = "application/json", [header] = ("0"):rep(64) }, any)
  first, last = request:find(("0"):rep(64), 1, true)
  head, rest = request:sub(1, first - 1), request:sub(last + 1, #request - #any)
end

function request()
  number = number + 1
  local body = before .. ids.id(number) .. after
  return head .. signature(body) .. rest .. body
end
