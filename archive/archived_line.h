#pragma once

#include <string>

#include "store/retention.h"

namespace payhook {

/// A transaction as a line of an archive: a JSON object, with its newline, whose amount is exact.
/// Bytes that are no UTF-8 have a key with "_base64" behind its name, and are so.
std::string archived_line(const FinishedTransaction& transaction);

}  // namespace payhook
