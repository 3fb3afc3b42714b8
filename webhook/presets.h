#pragma once

#include <span>
#include <string_view>

namespace payhook {

/// What is known of a sender, as the TOML that a [[source]] would have.
struct Preset {
  std::string_view name;
  std::string_view toml;
};

/// The files of webhook/presets/, by their names.
std::span<const Preset> presets() noexcept;

}  // namespace payhook
