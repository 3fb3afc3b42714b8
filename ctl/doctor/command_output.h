#pragma once

#include <optional>
#include <string>
#include <vector>

namespace payhook::doctor {

/// What a program writes to its standard output that succeeds, found by PATH and in the directories
/// for administrators. Nothing where it cannot be started, or fails.
std::optional<std::string> output_of(const std::vector<std::string>& command);

}  // namespace payhook::doctor
