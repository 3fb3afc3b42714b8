#include <fmt/format.h>
#include <sysexits.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/header_lines.h"
#include "core/program_error.h"
#include "ctl/commands/kept.h"
#include "ctl/named_source.h"
#include "ctl/progress.h"
#include "ctl/time_argument.h"
#include "service/incoming_webhooks.h"
#include "webhook/parse_webhook.h"

namespace payhook {

namespace {

constexpr std::size_t k_ids_at_once = 1000;

struct RetryOptions {
  std::vector<std::int64_t> ids;
  bool all = false;
  std::optional<std::string> source;
  std::optional<std::string> since;
  std::string why;
};

struct DropOptions {
  std::vector<std::int64_t> ids;
  std::string why;
};

Record details_of(Context& /*context*/, const KeptWebhook& kept) {
  Record record;
  record.number("id", std::to_string(kept.head.id))
      .text("source", kept.head.source)
      .time("received_at", kept.head.received_at)
      .text("remote_address", kept.remote_address)
      .number("body_bytes", std::to_string(kept.head.body_bytes))
      .text("why", kept.head.why);
  return record;
}

/// What it is found to state by the settings of today. Throws InvalidWebhook, saying why, where
/// that is nothing still.
std::vector<IncomingWebhook> read_again(Context& context, const KeptWebhook& kept) {
  const Config& config = context.config();
  const auto source = find_source(config, kept.head.source);
  if (source == nullptr) {
    throw InvalidWebhook("its source is not configured any more");
  }
  const auto header = [&kept](const char* name, const char* otherwise) {
    const auto values = header_values(kept.headers, name);
    return values.empty() ? std::string_view(otherwise) : values.front();
  };
  std::vector<IncomingWebhook> webhooks = incoming_webhooks(
      {.body = kept.body,
       .packaging = {header("content-type", "application/json"), header("content-encoding", "")},
       .headers = kept.headers,
       .remote_address = kept.remote_address,
       .received_at = kept.head.received_at},
      *source, config.currencies, config.handlers.of(kept.head.source)->in_order);
  if (const auto* unreadable = std::get_if<Unreadable>(&webhooks.front().content)) {
    throw InvalidWebhook(unreadable->reason);
  }
  return webhooks;
}

std::string told(const IncomingWebhook& webhook, IntakeResult result) {
  const auto* payment = std::get_if<StatedPayment>(&webhook.content);
  const std::string id = payment != nullptr ? payment->transaction.transaction_id() : "";
  switch (result) {
    case IntakeResult::CREATED:
      return "transaction " + id;
    case IntakeResult::DUPLICATE:
      return "transaction " + id + " was there already";
    case IntakeResult::CONFLICT:
      return "conflict: " + id + " was there with other values";
    case IntakeResult::EVENT_KEPT:
      return "event " + std::get<NoPayment>(webhook.content).type;
    case IntakeResult::QUARANTINED:
      if (const auto* unreadable = std::get_if<Unreadable>(&webhook.content)) {
        return "the rest cannot be read: " + unreadable->reason;
      }
      return id + " came with other values too often";
    case IntakeResult::CONFLICT_NOT_KEPT:
    case IntakeResult::NO_ROOM:
    case IntakeResult::REFUSED:
      break;
  }
  return "the store did not take it";
}

struct Retried {
  bool has_left;
  std::string result;
};

Retried retry_one(Context& context, KeptWebhooks& kept, std::int64_t id, const Act& act) {
  const KeptWebhook webhook = find_kept(kept, KeptIn::QUARANTINE, id);
  std::vector<std::string> results;
  try {
    const auto webhooks = read_again(context, webhook);
    const auto stored = kept.store_again(KeptIn::QUARANTINE, id, webhooks, act, patience());
    for (std::size_t i = 0; i < stored.size(); ++i) {
      results.push_back(told(webhooks[i], stored[i]));
    }
  } catch (const InvalidWebhook& e) {
    results.push_back(fmt::format("still cannot be read: {}", e.what()));
  }
  return {!kept.find(KeptIn::QUARANTINE, id).has_value(),
          fmt::format("{}", fmt::join(results, "; "))};
}

/// All of them that fit, the oldest first.
std::vector<std::int64_t> all_ids(const RetryOptions& options, Context& context,
                                  KeptWebhooks& kept) {
  require_known_source(context, options.source);
  const KeptFilter filter{
      options.source,
      options.since ? std::optional(time_argument(*options.since, context.now())) : std::nullopt};
  std::vector<std::int64_t> ids;
  std::optional<std::int64_t> next;
  do {
    const KeptPage page = kept.list(KeptIn::QUARANTINE, filter, next, k_ids_at_once);
    for (const KeptHead& head : page.heads) {
      ids.push_back(head.id);
    }
    next = page.next;
  } while (next);
  std::reverse(ids.begin(), ids.end());
  return ids;
}

int retry(const RetryOptions& options, Context& context) {
  if (options.all == !options.ids.empty()) {
    throw ProgramError(EX_USAGE,
                       "say which: ids, or --all (see payhookctl quarantine retry --help)");
  }
  const auto kept = context.store().open_kept_webhooks();
  const Act act = context.act(options.why);
  const auto ids = options.all ? all_ids(options, context, *kept) : options.ids;
  std::vector<Record> records;
  std::size_t left = 0;
  {
    Progress progress("reading again");
    for (const std::int64_t id : ids) {
      const Retried retried = retry_one(context, *kept, id, act);
      left += retried.has_left ? 0 : 1;
      Record record;
      record.number("id", std::to_string(id)).text("result", retried.result);
      records.push_back(std::move(record));
      progress.show(records.size(), ids.size());
    }
  }
  context.output().table(records);
  if (left > 0) {
    throw ProgramError(EX_DATAERR,
                       fmt::format("{} of {} stay in the quarantine", left, ids.size()));
  }
  return EX_OK;
}

int drop(const DropOptions& options, Context& context) {
  const auto kept = context.store().open_kept_webhooks();
  for (const std::int64_t id : options.ids) {
    if (!kept->drop(KeptIn::QUARANTINE, id, context.act(options.why), patience())) {
      throw ProgramError(EX_NOINPUT, fmt::format("there is no webhook {} in the quarantine", id));
    }
    context.output().say(fmt::format("{} is dropped", id));
  }
  return EX_OK;
}

void add_retry(const Command& group) {
  const Command command = group.add(
      "retry", "Read webhooks again, by the settings as they are now, and store what they state");
  const auto options = std::make_shared<RetryOptions>();
  command.option("ID", options->ids, "Its number, as the list has it, or several");
  command.flag("--all", options->all, "All that are there, the oldest first");
  command.option("--source NAME", options->source, "With --all: of this source");
  command.option("--since TIME", options->since, "With --all: that came at this time or later");
  command.option("--why TEXT", options->why, "What is recorded as the reason").required();
  command.example(
      R"(payhookctl quarantine retry --all --source acme --why "the mapping is mended")");
  command.runs([options](Context& context) { return retry(*options, context); });
}

void add_drop(const Command& group) {
  const Command command = group.add("drop", "Forget webhooks that nobody needs");
  const auto options = std::make_shared<DropOptions>();
  command.option("ID", options->ids, "Its number, as the list has it, or several").required();
  command.option("--why TEXT", options->why, "What is recorded as the reason").required();
  command.example(R"(payhookctl quarantine drop 7 --why "a test of the provider's")");
  command.runs([options](Context& context) { return drop(*options, context); });
}

}  // namespace

void add_quarantine(const Command& program) {
  const Command group = program.add_group(
      "quarantine", "See to what authentic senders sent that did not become a transaction");
  add_kept_list(group, KeptIn::QUARANTINE, "List it, the newest first",
                "payhookctl quarantine list --source stripe --since 2h");
  add_kept_show(group, KeptIn::QUARANTINE, "Show one", "payhookctl quarantine show 7 --body",
                details_of);
  add_retry(group);
  add_drop(group);
  group.example("payhookctl quarantine list");
}

}  // namespace payhook
