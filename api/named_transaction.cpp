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

BrowsedTransaction NamedTransaction::find_in(TransactionBrowser& browser) const {
  if (id) {
    for (const std::string& source : sources) {
      if (auto found = browser.find(source, *id)) {
        return *std::move(found);
      }
    }
  }
  throw HttpError(404, "Transaction not found");
}

}  // namespace payhook
