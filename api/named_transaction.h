#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "service/config/config.h"
#include "store/browser.h"

namespace payhook {

/// Which transaction an operator's request is about.
struct NamedTransaction {
  std::optional<std::string> id;     ///< absent where the path has none that can be
  std::vector<std::string> sources;  ///< whose it may be, the likeliest first

  /// `encoded_id` is as the path has it. Without a source the id tells whose it is.
  NamedTransaction(std::string_view encoded_id, const std::optional<std::string>& source,
                   const Config& config);

  /// Throws HttpError, 404, where there is none, and as TransactionBrowser::find() does.
  BrowsedTransaction find_in(TransactionBrowser& browser) const;
};

}  // namespace payhook
