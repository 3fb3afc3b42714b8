#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "store/processing_queue.h"

namespace payhook {

/// The same for every attempt of a transaction, in whichever store, and for no other one: "msg_"
/// and 32 hexadecimal digits, made from its source and its id.
std::string idempotency_key(std::string_view source, std::string_view transaction_id);

/// What a handler reads: one JSON object, with the body as the text "body", or "body_base64" where
/// it is no UTF-8.
std::string delivery_json(const ClaimedTransaction& claimed);

/// What a program finds in its environment: all but the body, as PAYHOOK_… each.
std::vector<std::string> delivery_environment(const ClaimedTransaction& claimed);

/// The media type that the sender gave the body, or JSON's.
std::string content_type_of(const ClaimedTransaction& claimed);

}  // namespace payhook
