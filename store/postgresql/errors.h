#pragma once

#include <string>
#include <string_view>

namespace payhook::postgresql {

/// Throws what a statement's failure means to the callers of a store: StoreTimeout,
/// StoreUnavailable, StoreDamaged, or StoreRefused for what belongs to this one statement.
/// `sqlstate` has five characters, or none where the server said nothing.
[[noreturn]] void throw_failure(std::string_view sqlstate, const std::string& message);

}  // namespace payhook::postgresql
