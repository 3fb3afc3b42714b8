#include <sysexits.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "ctl/commands.h"
#include "ctl/transaction_text.h"
#include "ctl/webhook_text.h"

namespace payhook {

namespace {

constexpr std::size_t k_all = std::numeric_limits<std::int32_t>::max();

struct Options {
  std::string transaction_id;
  std::optional<std::string> source;
  WebhookParts parts;
};

Record record_of(const Attempt& attempt) {
  Record record;
  record.number("attempt", std::to_string(attempt.number))
      .time("started_at", attempt.started_at)
      .time("ended_at", attempt.ended_at)
      .optional_text("outcome",
                     attempt.outcome.empty() ? std::nullopt : std::optional(attempt.outcome))
      .text("reason", attempt.reason)
      .text("output", attempt.output);
  return record;
}

int show(const Options& options, Context& context) {
  const BrowsedTransaction found =
      find_transaction(context, options.transaction_id, options.source);
  context.output().may_be_long();
  if (options.parts.has_any()) {
    const StoredWebhook webhook = context.store().open_browser()->webhook(found.number);
    write_webhook(context.output(), options.parts, webhook.headers, webhook.body);
    return EX_OK;
  }
  context.output().record(details_of(found));
  std::vector<Record> attempts;
  for (const Attempt& attempt :
       context.store().open_browser()->attempts(found.number, std::nullopt, k_all)) {
    attempts.push_back(record_of(attempt));
  }
  std::reverse(attempts.begin(), attempts.end());  // as they were made
  if (!attempts.empty()) {
    context.output().say("");
    context.output().table(attempts);
  }
  return EX_OK;
}

}  // namespace

void add_show(const Command& program) {
  const Command command = program.add("show", "Show a transaction and the attempts of its handler");
  const auto options = std::make_shared<Options>();
  command.option("ID", options->transaction_id, "The transaction_id").required();
  command.option("--source NAME", options->source, "Whose it is, where the id does not tell");
  command.flag("--headers", options->parts.headers, "Write the headers that came with it instead");
  command.flag("--body", options->parts.body, "Write the body as it came instead");
  command.example("payhookctl show stripe:pi_1");
  command.runs([options](Context& context) { return show(*options, context); });
}

}  // namespace payhook
