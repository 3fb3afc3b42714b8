#include "api/named_transaction.h"

#include <utility>

#include "api/responses.h"
#include "core/percent_encoding.h"

namespace payhook {

NamedTransaction::NamedTransaction(std::string_view encoded_id,
                                   const std::optional<std::string>& source, const Config& config)
    : id(percent_decoded(encoded_id)) {
  if (source) {
    sources.push_back(*source);
  } else if (id) {
    sources = config.sources_of(*id);
  }
}

BrowsedTransaction NamedTransaction::require_in(TransactionBrowser& browser) const {
  auto found = find_in(browser);
  if (!found) {
    throw HttpError(404, "Transaction not found");
  }
  return *std::move(found);
}

}  // namespace payhook
