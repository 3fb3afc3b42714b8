#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "service/config/config.h"
#include "store/browser.h"

namespace payhook {

/// Which transaction a request is about.
struct NamedTransaction {
  std::optional<std::string> id;     ///< absent where the path has none that can be
  std::vector<std::string> sources;  ///< whose it may be, the likeliest first

  /// `encoded_id` is as the path has it. Without a source the id tells whose it is.
  NamedTransaction(std::string_view encoded_id, const std::optional<std::string>& source,
                   const Config& config);

  /// The first of those that it may be, by a StatusReader or a TransactionBrowser. Throws as their
  /// find() does.
  template <typename Reader>
  auto find_in(Reader& reader) const -> decltype(reader.find("", "")) {
    if (id) {
      for (const std::string& source : sources) {
        if (auto found = reader.find(source, *id)) {
          return found;
        }
      }
    }
    return std::nullopt;
  }

  /// The same. Throws HttpError, 404, where there is none.
  BrowsedTransaction require_in(TransactionBrowser& browser) const;
};

}  // namespace payhook
