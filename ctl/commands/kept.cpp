#include "ctl/commands/kept.h"

#include <fmt/format.h>
#include <sysexits.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "core/program_error.h"
#include "ctl/long_table.h"
#include "ctl/named_source.h"
#include "ctl/time_argument.h"
#include "ctl/webhook_text.h"

namespace payhook {

namespace {

constexpr std::size_t k_most_at_once = 1000;

struct ListOptions {
  std::optional<std::string> source;
  std::optional<std::string> since;
  std::size_t limit = 20;
};

struct ShowOptions {
  std::int64_t id = 0;
  WebhookParts parts;
};

int list(const ListOptions& options, KeptIn where, Context& context) {
  const KeptFilter filter{
      options.source,
      options.since ? std::optional(time_argument(*options.since, context.now())) : std::nullopt};
  require_known_source(context, options.source);
  const auto kept = context.store().open_kept_webhooks();
  std::optional<std::int64_t> next;
  std::size_t left = options.limit;
  LongTable table(context.output());
  do {
    const KeptPage page = kept->list(where, filter, next, std::min(left, k_most_at_once));
    for (const KeptHead& head : page.heads) {
      table.add(summary_of(head));
    }
    left -= page.heads.size();
    next = page.next;
  } while (left > 0 && next);
  table.finish();
  if (left == options.limit && left > 0) {
    context.output().say_to_people(where == KeptIn::CONFLICTS ? "no conflicts"
                                                              : "no webhooks in the quarantine");
  }
  return EX_OK;
}

int show(const ShowOptions& options, KeptIn where, const KeptDetails& details, Context& context) {
  const KeptWebhook kept = find_kept(*context.store().open_kept_webhooks(), where, options.id);
  if (options.parts.has_any()) {
    write_webhook(context.output(), options.parts, kept.headers, kept.body);
  } else {
    context.output().record(details(context, kept));
  }
  return EX_OK;
}

}  // namespace

KeptWebhook find_kept(KeptWebhooks& kept, KeptIn where, std::int64_t id) {
  auto found = kept.find(where, id);
  if (!found) {
    throw ProgramError(EX_NOINPUT,
                       fmt::format("there is no webhook {} in the {}", id,
                                   where == KeptIn::CONFLICTS ? "conflicts" : "quarantine"));
  }
  return *std::move(found);
}

void add_kept_list(const Command& group, KeptIn where, const std::string& what,
                   const std::string& example) {
  const Command command = group.add("list", what);
  const auto options = std::make_shared<ListOptions>();
  command.option("--source NAME", options->source, "Only those of this source");
  command.option("--since TIME", options->since,
                 "Only those that came at this time or later: 2026-11-27, 2h");
  command.option("-n,--limit COUNT", options->limit, "At most so many").shows_default();
  command.example(example);
  command.runs([options, where](Context& context) { return list(*options, where, context); });
}

void add_kept_show(const Command& group, KeptIn where, const std::string& what,
                   const std::string& example, const KeptDetails& details) {
  const Command command = group.add("show", what);
  const auto options = std::make_shared<ShowOptions>();
  command.option("ID", options->id, "Its number, as the list has it").required();
  command.flag("--headers", options->parts.headers, "Write the headers that came with it instead");
  command.flag("--body", options->parts.body, "Write the body as it came instead");
  command.example(example);
  command.runs([options, where, details](Context& context) {
    return show(*options, where, details, context);
  });
}

}  // namespace payhook
