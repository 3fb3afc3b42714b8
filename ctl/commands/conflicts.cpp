#include <optional>
#include <string>
#include <tuple>

#include "ctl/commands/kept.h"

namespace payhook {

namespace {

/// The values that came beside those that stand.
Record details_of(Context& context, const KeptWebhook& conflict) {
  const ConflictingValues came = conflict.values.value_or(ConflictingValues{});
  const auto stored =
      context.store().open_browser()->find(conflict.head.source, came.transaction_id);
  const auto value = [&stored](const auto& of) {
    return stored ? std::optional<std::string>(of(stored->stored.transaction)) : std::nullopt;
  };
  const std::tuple<const char*, std::optional<std::string>, std::string> fields[] = {
      {"source_account", value([](const Transaction& t) { return t.source_account(); }),
       came.source_account},
      {"destination_account", value([](const Transaction& t) { return t.destination_account(); }),
       came.destination_account},
      {"amount", value([](const Transaction& t) { return t.amount().decimal(); }), came.amount},
      {"currency", value([](const Transaction& t) { return t.currency(); }), came.currency},
  };
  std::string differing;
  for (const auto& [name, stands, other] : fields) {
    if (stands != other) {
      differing += (differing.empty() ? "" : ", ") + std::string(name);
    }
  }
  Record record;
  record.number("id", std::to_string(conflict.head.id))
      .text("source", conflict.head.source)
      .text("transaction_id", came.transaction_id)
      .time("received_at", conflict.head.received_at)
      .text("remote_address", conflict.remote_address)
      .text("differing", differing);
  for (const auto& [name, stands, other] : fields) {
    record.optional_text(std::string("stored_") + name, stands)
        .text(std::string("came_") + name, other);
  }
  return record;
}

}  // namespace

void add_conflicts(const Command& program) {
  const Command group = program.add_group(
      "conflicts", "Look at webhooks that repeated a transaction_id with other values");
  add_kept_list(group, KeptIn::CONFLICTS, "List them, the newest first",
                "payhookctl conflicts list --source stripe");
  add_kept_show(group, KeptIn::CONFLICTS, "Show what was stored and what came",
                "payhookctl conflicts show 3", details_of);
  group.example("payhookctl conflicts list --since 7d");
}

}  // namespace payhook
