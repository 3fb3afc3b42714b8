#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "ctl/commands.h"
#include "ctl/health.h"
#include "ctl/human_text.h"

namespace payhook {

namespace {

constexpr std::size_t k_most = StoreState::k_most_counted;

std::string_view responder_of(const Health& health) {
  return health.store.is_open_to_receive ? "running" : "absent";
}

std::string_view processor_of(const Health& health) {
  return !health.store.is_being_processed ? "absent"
         : health.store.is_paused         ? "paused"
                                          : "running";
}

std::int64_t oldest_due_seconds(const Health& health) {
  return health.store.oldest_due_at
             ? std::chrono::floor<std::chrono::seconds>(health.at - *health.store.oldest_due_at)
                   .count()
             : 0;
}

Record record_of(const SourceHealth& source) {
  Record record;
  record.text("source", source.name)
      .time("last_webhook_at", source.last_webhook_at)
      .number("last_minute", std::to_string(source.webhooks.last_minute))
      .number("last_hour", std::to_string(source.webhooks.last_hour))
      .number("last_day", std::to_string(source.webhooks.last_day));
  return record;
}

/// For programs.
Record record_of(const Health& health, const std::vector<Finding>& wrong) {
  const auto number = [](auto value) { return std::to_string(value); };
  std::vector<Record> sources;
  for (const SourceHealth& each : health.sources) {
    sources.push_back(record_of(each));
  }
  Record record;
  record.text("level", name_of(worst_of(wrong)))
      .time("at", health.at)
      .text("responder", responder_of(health))
      .text("processor", processor_of(health))
      .number("processing", number(health.store.processing))
      .number("due", number(health.store.due))
      .time("oldest_due_at", health.store.oldest_due_at)
      .number("failed", number(health.store.failed))
      .number("most_counted", number(k_most))
      .number("quarantine", number(health.store.quarantine.webhooks))
      .number("conflicts", number(health.store.conflicts))
      .number("webhooks_last_minute", number(health.webhooks.last_minute))
      .number("webhooks_last_hour", number(health.webhooks.last_hour))
      .number("webhooks_last_day", number(health.webhooks.last_day))
      .number("database_bytes", number(health.store.bytes + health.store.unused_bytes))
      .number("unused_bytes", number(health.store.unused_bytes))
      .number("wal_bytes", number(health.store.log_bytes))
      .optional_number("bytes_a_day", bytes_a_day(health))
      .optional_number("disk_bytes_left", health.store.disk_bytes_left)
      .optional_number("days_left", days_left(health))
      .time("last_backup_at", health.store.last_backup_at)
      .records("sources", std::move(sources))
      .records("findings", records_of(wrong));
  return record;
}

std::string database_text(const Health& health) {
  std::string text = fmt::format("{}, and {} of WAL; ",
                                 human_bytes(health.store.bytes + health.store.unused_bytes),
                                 human_bytes(health.store.log_bytes));
  const auto growth = bytes_a_day(health);
  if (!growth) {
    text += "how it grows is not known yet";
  } else {
    text += *growth > 0 ? fmt::format("it grows by {} a day", human_bytes(*growth))
                        : "it does not grow";
  }
  if (health.store.disk_bytes_left) {
    text += fmt::format("; {} of disk left", human_bytes(*health.store.disk_bytes_left));
  }
  const auto days = days_left(health);
  return days ? fmt::format("{}, for {} days", text, *days) : text;
}

/// For people.
Record summary_of(const Health& health) {
  Record record;
  record.text("responder", responder_of(health))
      .text("processor", processor_of(health))
      .text("webhooks",
            fmt::format("{} in the last minute, {} in the last hour, {} in the last day",
                        health.webhooks.last_minute, health.webhooks.last_hour,
                        health.webhooks.last_day))
      .text("backlog",
            fmt::format("{} PROCESSING, {} due{}", human_count(health.store.processing, k_most),
                        human_count(health.store.due, k_most),
                        health.store.oldest_due_at
                            ? fmt::format(", the first for {}",
                                          human_duration(health.at - *health.store.oldest_due_at))
                            : ""))
      .text("failed", human_count(health.store.failed, k_most))
      .text("quarantine", std::to_string(health.store.quarantine.webhooks))
      .text("conflicts", human_count(health.store.conflicts, k_most))
      .text("database", database_text(health))
      .text("backup", health.store.last_backup_at
                          ? human_duration(health.at - *health.store.last_backup_at) + " ago"
                          : "never");
  return record;
}

Record line_of(const SourceHealth& source, Timestamp now) {
  Record record;
  record.text("source", source.name)
      .text("last_webhook", source.last_webhook_at
                                ? human_duration(now - *source.last_webhook_at) + " ago"
                                : "never")
      .text("minute", std::to_string(source.webhooks.last_minute))
      .text("hour", std::to_string(source.webhooks.last_hour))
      .text("day", std::to_string(source.webhooks.last_day));
  return record;
}

int tell(Context& context) {
  const Health health = look(context);
  const std::vector<Finding> wrong = what_is_wrong(health);
  Output& output = context.output();
  if (output.format() == Output::Format::JSON) {
    output.record(record_of(health, wrong));
    return exit_status_of(wrong);
  }
  output.may_be_long();
  output.record(summary_of(health));
  output.say("");
  std::vector<Record> sources;
  for (const SourceHealth& each : health.sources) {
    sources.push_back(line_of(each, health.at));
  }
  output.table(sources);
  output.say("");
  if (wrong.empty()) {
    output.say("All is well.");
  }
  write_findings(wrong, output);
  return exit_status_of(wrong);
}

/// What Nagios's guidelines want: https://nagios-plugins.org/doc/guidelines.html
enum class NagiosStatus { OK = 0, WARNING = 1, CRITICAL = 2, UNKNOWN = 3 };

std::string one_line(const std::vector<Finding>& wrong) {
  std::string text = wrong.empty() ? "all is well" : "";
  // The worst first: a pager may show no more.
  for (const auto level : {Finding::Level::PROBLEM, Finding::Level::WARNING}) {
    for (const Finding& each : wrong) {
      if (each.level == level) {
        text += (text.empty() ? "" : "; ") + each.what;
      }
    }
  }
  std::replace(text.begin(), text.end(), '|', '/');  // which begins the figures
  return text;
}

std::string figures(const Health& health) {
  const auto days = days_left(health);
  const auto backup = health.store.last_backup_at;
  const auto left = health.store.disk_bytes_left;
  const auto seconds = [](auto time) {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::milliseconds(time)).count();
  };
  return fmt::format(
      "processing={} due={} oldest_due_age={}s;{};{};0 failed={};0 quarantine={};0;{} "
      "webhooks_last_hour={} database={}B wal={}B;{}{}{}{}",
      health.store.processing, health.store.due, oldest_due_seconds(health), seconds(k_late),
      seconds(k_very_late), health.store.failed, health.store.quarantine.webhooks,
      k_most_quarantined.webhooks / 2, health.webhooks.last_hour,
      health.store.bytes + health.store.unused_bytes, health.store.log_bytes, k_large_log_bytes,
      left ? fmt::format(" disk_left={}B;{}:;{}:", *left, k_little_disk_bytes, k_no_disk_bytes)
           : "",
      days ? fmt::format(" days_left={};{}:;{}:", *days, k_few_days_left, k_no_days_left) : "",
      backup
          ? fmt::format(" backup_age={}s;{}", seconds(health.at - *backup), seconds(k_old_backup))
          : "");
}

int tell_nagios(Context& context) {
  const auto say = [&context](NagiosStatus status, const std::string& text) {
    constexpr std::string_view k_names[] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};
    const auto number = static_cast<int>(status);
    context.output().bytes(fmt::format("PAYHOOK {} - {}\n", k_names[number], text));
    return number;
  };
  try {
    static_cast<void>(context.config());
  } catch (const std::exception& e) {
    return say(NagiosStatus::UNKNOWN, e.what());
  }
  try {
    const Health health = look(context);
    const std::vector<Finding> wrong = what_is_wrong(health);
    return say(static_cast<NagiosStatus>(worst_of(wrong)),
               one_line(wrong) + " | " + figures(health));
  } catch (const std::exception& e) {
    return say(NagiosStatus::CRITICAL, e.what());
  }
}

}  // namespace

void add_status(const Command& program) {
  const Command command = program.add("status", "Tell how payhook is, and what is wrong");
  const auto nagios = std::make_shared<bool>(false);
  command.flag("--nagios", *nagios,
               "Write one line with figures, and end with 0, 1, 2 or 3, as Nagios and Icinga "
               "want it");
  command.example("payhookctl status");
  command.runs(
      [nagios](Context& context) { return *nagios ? tell_nagios(context) : tell(context); });
}

}  // namespace payhook
