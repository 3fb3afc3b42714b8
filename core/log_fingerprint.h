#pragma once

#include <string>
#include <string_view>

namespace payhook {

/// What stands for a transaction id in the log: the first 16 hexadecimal digits of its SHA-256,
/// which an operator can compute. Who can guess an id can recognise it. Thread-safe.
std::string fingerprint_of_id(std::string_view transaction_id);

}  // namespace payhook
