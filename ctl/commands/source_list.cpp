#include <fmt/format.h>
#include <sysexits.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ctl/commands/source.h"

namespace payhook {

namespace {

std::string handler_of(const HandlerConfig& handler) {
  if (const auto* exec = std::get_if<ExecHandler>(&handler.what)) {
    return exec->command.front();
  }
  if (const auto* http = std::get_if<HttpHandler>(&handler.what)) {
    return http->url;
  }
  return "none";
}

std::string scheme_of(const Source& source) {
  if (!source.is_authentic()) {
    return "none: anybody";
  }
  return source.preset.empty() ? "its own" : source.preset;
}

/// When the newest webhook of each source came, where that is among the newest of all.
class LastWebhooks {
 public:
  explicit LastWebhooks(Context& context)
      : m_browser(context.store().open_browser()), m_kept(context.store().open_kept_webhooks()) {}

  std::optional<Timestamp> of(const std::string& source) {
    std::optional<Timestamp> last;
    const auto page = m_browser->list({.source = source}, std::nullopt, 1);
    if (!page.transactions.empty()) {
      last = page.transactions.front().stored.created_at;
    }
    for (const KeptIn where : {KeptIn::QUARANTINE, KeptIn::CONFLICTS, KeptIn::EVENTS}) {
      const auto kept = m_kept->list(where, {.source = source}, std::nullopt, 1);
      if (!kept.heads.empty()) {
        last = std::max(last, std::optional(kept.heads.front().received_at));
      }
    }
    return last;
  }

 private:
  const std::unique_ptr<TransactionBrowser> m_browser;
  const std::unique_ptr<KeptWebhooks> m_kept;
};

/// The store may be away: what is configured is told nevertheless.
std::optional<std::string> fill_in_last(std::vector<std::optional<Timestamp>>& last,
                                        Context& context) {
  try {
    LastWebhooks webhooks(context);
    std::transform(context.config().sources.begin(), context.config().sources.end(), last.begin(),
                   [&webhooks](const auto& source) { return webhooks.of(source->name); });
    return std::nullopt;
  } catch (const std::runtime_error& e) {
    return e.what();
  }
}

int list(Context& context) {
  const Config& config = context.config();
  std::vector<std::optional<Timestamp>> last(config.sources.size());
  const auto unknown = fill_in_last(last, context);
  std::vector<Record> records;
  for (std::size_t i = 0; i < config.sources.size(); ++i) {
    const Source& source = *config.sources[i];
    Record record;
    record.text("name", source.name)
        .text("path", source.path())
        .text("scheme", scheme_of(source))
        .number("secrets", std::to_string(source.secrets.size()))
        .text("handler", handler_of(*config.handlers.of(source.name)))
        .time("last_webhook", last[i]);
    records.push_back(std::move(record));
  }
  context.output().table(records);
  if (unknown) {
    context.output().say(fmt::format("when they last sent something is not known: {}", *unknown));
  }
  return EX_OK;
}

}  // namespace

void add_source_list(CLI::App& group, Run& run) {
  CLI::App& command = *group.add_subcommand("list", "List the senders that are configured");
  command.footer("Example: payhookctl source list");
  command.callback([&run] { run = list; });
}

}  // namespace payhook
