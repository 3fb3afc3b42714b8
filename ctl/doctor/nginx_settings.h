#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace payhook::doctor {

/// A directive of nginx's, with what stands in its block.
struct NginxDirective {
  std::vector<std::string> words;  ///< its name first
  std::vector<NginxDirective> block = {};

  bool is(std::string_view name) const { return !words.empty() && words.front() == name; }

  /// The first argument; "" where there is none.
  std::string argument() const { return words.size() > 1 ? words[1] : ""; }
};

/// Reads what `nginx -T` writes: all of its files, which nginx has found good, each below a comment
/// that names it. What one includes stands in the place of that directive.
std::vector<NginxDirective> parse_nginx_settings(std::string_view dump);

}  // namespace payhook::doctor
