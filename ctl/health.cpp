#include "ctl/health.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <system_error>

#include "ctl/human_text.h"

namespace payhook {

namespace {

using Level = Finding::Level;

constexpr std::size_t k_most = StoreState::k_most_counted;

void add_rates(Health& health, Statistics& statistics) {
  const auto minute = std::chrono::floor<std::chrono::minutes>(health.at);
  std::map<std::string, SourceHealth> sources;
  for (const SourceHealth& each : health.sources) {
    sources.emplace(each.name, each);
  }
  std::map<std::string, std::int64_t, std::less<>> by_outcome;  // of the time added last
  const auto add = [&](std::chrono::minutes time, std::int64_t WebhookRates::*rate) {
    by_outcome.clear();
    for (const OutcomeCount& each :
         statistics.counts(minute - time, minute + std::chrono::minutes{1})) {
      if (counted::is_of_a_webhook(each.outcome)) {
        sources[each.source].webhooks.*rate += each.count;
        health.webhooks.*rate += each.count;
        by_outcome[each.outcome] += each.count;
      }
    }
  };
  add(std::chrono::minutes{1}, &WebhookRates::last_minute);
  add(std::chrono::hours{1}, &WebhookRates::last_hour);
  add(std::chrono::days{1}, &WebhookRates::last_day);
  health.conflicts_last_day = by_outcome[std::string(counted::k_conflict)];
  health.not_kept_last_day = by_outcome[std::string(counted::k_not_kept)];
  for (const OutcomeTotal& each : statistics.totals()) {
    if (counted::is_of_a_webhook(each.outcome)) {
      auto& last = sources[each.source].last_webhook_at;
      last = last ? std::max(*last, each.last_at) : each.last_at;
    }
  }
  health.sources.clear();
  for (auto& [name, source] : sources) {
    source.name = name;
    health.sources.push_back(std::move(source));
  }
}

std::string transactions(std::size_t count) {
  return count == 1 ? "1 transaction" : fmt::format("{} transactions", human_count(count, k_most));
}

void look_at_programs(const Health& health, std::vector<Finding>& findings) {
  if (!health.store.is_open_to_receive && health.has_socket) {
    findings.push_back({Level::PROBLEM,
                        "no responder has the database open: webhooks are answered 502 or 503",
                        "systemctl status payhook-fcgi, and its journal, say why"});
  } else if (!health.store.is_open_to_receive) {
    findings.push_back({Level::WARNING, "no responder has the database open, and none has a socket",
                        "systemctl start payhook-fcgi.socket, unless the web server starts it for "
                        "each request, as CGI"});
  }
  if (!health.store.is_being_processed) {
    findings.push_back({Level::PROBLEM, "no processor has the database open: nothing is processed",
                        "systemctl status payhookd, and its journal, say why"});
  }
}

void look_at_queue(const Health& health, std::vector<Finding>& findings) {
  if (health.store.is_paused) {
    findings.push_back({Level::WARNING, "processing is paused",
                        R"(payhookctl resume --why "…", once it may go on)"});
  } else if (health.store.oldest_due_at && health.at - *health.store.oldest_due_at >= k_late) {
    const auto age = health.at - *health.store.oldest_due_at;
    findings.push_back({age >= k_very_late ? Level::PROBLEM : Level::WARNING,
                        fmt::format("processing is behind: {} due, the first for {}",
                                    human_count(health.store.due, k_most), human_duration(age)),
                        "payhookctl list --status PROCESSING, and payhookd's journal: a handler "
                        "that is slow, or handlers_at_once that is small"});
  }
  if (health.store.failed > 0) {
    findings.push_back({Level::WARNING, fmt::format("{} FAILED", transactions(health.store.failed)),
                        "payhookctl list --status FAILED says why; then payhookctl requeue"});
  }
}

void look_at_kept(const Health& health, std::vector<Finding>& findings) {
  const KeptAmount& kept = health.store.quarantine;
  if (kept.webhooks > 0) {
    const bool is_half_full =
        kept.exceeds({k_most_quarantined.webhooks / 2, k_most_quarantined.bytes / 2});
    findings.push_back(
        {is_half_full ? Level::PROBLEM : Level::WARNING,
         fmt::format("{} in the quarantine: authentic, and not understood{}", kept.webhooks,
                     is_half_full ? "; past twice as many they are answered 503" : ""),
         "see payhookctl quarantine list, mend the source's mapping, and payhookctl quarantine "
         "retry"});
  }
  if (health.conflicts_last_day > 0) {
    findings.push_back(
        {Level::WARNING,
         fmt::format("{} in the last day came again with other values, which did "
                     "not count",
                     health.conflicts_last_day),
         "see payhookctl conflicts list, and ask the sender which values are right"});
  }
  if (health.not_kept_last_day > 0) {
    findings.push_back({Level::WARNING,
                        fmt::format("{} in the last day were kept nowhere: there was no room",
                                    health.not_kept_last_day),
                        "see to what is in the tables quarantine and conflicts"});
  }
}

void look_at_disk(const Health& health, std::vector<Finding>& findings) {
  const StoreState& store = health.store;
  const auto days = days_left(health);
  const auto is_below = [&](std::int64_t bytes, std::int64_t days_below) {
    return store.disk_bytes_left &&
           (*store.disk_bytes_left < bytes || (days && *days < days_below));
  };
  const bool is_full = is_below(k_no_disk_bytes, k_no_days_left);
  if (is_full || is_below(k_little_disk_bytes, k_few_days_left)) {
    findings.push_back({is_full ? Level::PROBLEM : Level::WARNING,
                        fmt::format("the disk has {} left{}", human_bytes(*store.disk_bytes_left),
                                    days ? fmt::format(", for {} days", *days) : ""),
                        "make room, or enlarge the file system of the database"});
  }
  if (store.log_bytes > k_large_log_bytes) {
    findings.push_back({Level::WARNING,
                        fmt::format("the WAL has {}: somebody goes on reading an old state of the "
                                    "database, or payhookd does not run",
                                    human_bytes(store.log_bytes)),
                        "end SQL shells and backups that hang: fuser -v on the database"});
  }
}

void look_at_backup(const Health& health, std::vector<Finding>& findings) {
  const auto last = health.store.last_backup_at;
  if (!last) {
    findings.push_back({Level::WARNING, "there has never been a backup", "payhookctl backup FILE"});
  } else if (health.at - *last > k_old_backup) {
    findings.push_back(
        {Level::WARNING,
         fmt::format("the newest backup is {} old", human_duration(health.at - *last)),
         "payhookctl backup FILE; systemctl status payhook-backup says why none came by itself"});
  }
}

}  // namespace

Health look(Context& context) {
  Health health;
  health.at = context.now();
  std::error_code error;
  health.has_socket = std::filesystem::is_socket(context.config().responder.listen, error);
  for (const auto& source : context.config().sources) {
    health.sources.push_back({source->name, std::nullopt, {}});
  }
  const auto statistics = context.store().open_statistics();
  add_rates(health, *statistics);
  health.store = statistics->state(health.at);
  return health;
}

std::optional<std::int64_t> bytes_a_day(const Health& health) {
  const auto& earlier = health.store.earlier;
  if (!earlier || earlier->at >= health.at) {
    return std::nullopt;
  }
  const std::chrono::duration<double, std::chrono::days::period> time = health.at - earlier->at;
  return static_cast<std::int64_t>(static_cast<double>(health.store.bytes - earlier->bytes) /
                                   time.count());
}

std::optional<std::int64_t> days_left(const Health& health) {
  const auto growth = bytes_a_day(health);
  const auto left = health.store.disk_bytes_left;
  return left && growth && *growth > 0
             ? std::optional((*left + health.store.unused_bytes) / *growth)
             : std::nullopt;
}

std::vector<Finding> what_is_wrong(const Health& health) {
  std::vector<Finding> findings;
  for (const auto look_at :
       {look_at_programs, look_at_queue, look_at_kept, look_at_disk, look_at_backup}) {
    look_at(health, findings);
  }
  return findings;
}

}  // namespace payhook
