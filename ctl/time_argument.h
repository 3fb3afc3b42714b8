#pragma once

#include <string>

#include "core/timestamp.h"

namespace payhook {

/// A time as people write it: RFC 3339, "2026-11-27" (its beginning in UTC), or how long ago it
/// was, as "90s", "15m", "2h" or "7d". Throws ProgramError (EX_USAGE), saying that, for
/// anything else.
Timestamp time_argument(const std::string& text, Timestamp now);

}  // namespace payhook
