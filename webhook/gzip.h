#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace payhook {

/// What bytes hold that were compressed by gzip (RFC 1952), in one member. Empty for anything else,
/// and for what would take more than `most_bytes`, which is all the memory that it costs.
/// Thread-safe.
std::optional<std::string> gunzipped(std::string_view bytes, std::size_t most_bytes);

}  // namespace payhook
