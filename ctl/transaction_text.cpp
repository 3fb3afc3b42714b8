#include "ctl/transaction_text.h"

#include <fmt/format.h>
#include <sysexits.h>

#include <algorithm>

#include "core/program_error.h"

namespace payhook {

Record summary_of(const BrowsedTransaction& transaction) {
  const StoredTransaction& stored = transaction.stored;
  Record record;
  record.time("created_at", stored.created_at)
      .text("source", transaction.source)
      .text("transaction_id", stored.transaction.transaction_id())
      .number("amount", stored.transaction.amount().decimal())
      .text("currency", stored.transaction.currency())
      .text("status", stored.status)
      .number("attempts", std::to_string(stored.attempts))
      .optional_text("last_error", stored.last_error);
  return record;
}

Record details_of(const BrowsedTransaction& transaction) {
  const StoredTransaction& stored = transaction.stored;
  Record record;
  record.text("transaction_id", stored.transaction.transaction_id())
      .text("source", transaction.source)
      .text("source_account", stored.transaction.source_account())
      .text("destination_account", stored.transaction.destination_account())
      .number("amount", stored.transaction.amount().decimal())
      .text("currency", stored.transaction.currency())
      .text("status", stored.status)
      .time("created_at", stored.created_at)
      .time("processed_at", stored.processed_at)
      .time("due_at", transaction.due_at)
      .number("attempts", std::to_string(stored.attempts))
      .optional_text("last_error", stored.last_error)
      .text("remote_address", transaction.remote_address);
  return record;
}

BrowsedTransaction find_transaction(Context& context, const std::string& transaction_id,
                                    const std::optional<std::string>& source) {
  const auto browser = context.store().open_browser();
  const auto sources =
      source ? std::vector<std::string>{*source} : context.config().sources_of(transaction_id);
  for (const std::string& name : sources) {
    if (auto found = browser->find(name, transaction_id)) {
      return *std::move(found);
    }
  }
  if (std::any_of(sources.begin(), sources.end(), [&](const std::string& name) {
        return browser->was_pruned(name, transaction_id);
      })) {
    throw ProgramError(EX_NOINPUT,
                       fmt::format("{} was pruned: look for it in the archive", transaction_id));
  }
  throw ProgramError(EX_NOINPUT, fmt::format("there is no transaction {} of the source {}",
                                             transaction_id, fmt::join(sources, " or ")));
}

}  // namespace payhook
