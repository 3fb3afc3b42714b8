#include <fmt/format.h>
#include <sysexits.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ctl/commands/source.h"

namespace payhook {

namespace {

std::string scheme_of(const Source& source) {
  if (!source.is_authentic()) {
    return "none: anybody";
  }
  return source.preset.empty() ? "its own" : source.preset;
}

using Times = std::map<std::string, Timestamp>;

/// When the last webhook of each source came, whatever it has become.
Times last_webhooks(Statistics& statistics) {
  Times times;
  for (const OutcomeTotal& total : statistics.totals()) {
    if (counted::is_of_a_webhook(total.outcome)) {
      Timestamp& last = times.emplace(total.source, total.last_at).first->second;
      last = std::max(last, total.last_at);
    }
  }
  return times;
}

/// The store may be away: what is configured is told nevertheless. Returns why nothing is known.
std::optional<std::string> find_last(Times& times, Context& context) {
  try {
    times = last_webhooks(*context.store().open_statistics());
    return std::nullopt;
  } catch (const std::runtime_error& e) {
    return e.what();
  }
}

int list(Context& context) {
  const Config& config = context.config();
  Times times;
  const auto unknown = find_last(times, context);
  std::vector<Record> records;
  for (const auto& source : config.sources) {
    const auto last = times.find(source->name);
    Record record;
    record.text("name", source->name)
        .text("path", source->path())
        .text("scheme", scheme_of(*source))
        .number("secrets", std::to_string(source->secrets.size()))
        .text("handler", config.handlers.of(source->name)->name())
        .time("last_webhook", last == times.end() ? std::nullopt : std::optional(last->second));
    records.push_back(std::move(record));
  }
  context.output().table(records);
  if (unknown) {
    context.output().say(fmt::format("when they last sent something is not known: {}", *unknown));
  }
  return EX_OK;
}

}  // namespace

void add_source_list(const Command& group) {
  const Command command = group.add("list", "List the senders that are configured");
  command.example("payhookctl source list");
  command.runs(list);
}

}  // namespace payhook
