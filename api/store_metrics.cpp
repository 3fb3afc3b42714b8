#include "api/store_metrics.h"

#include <algorithm>
#include <array>
#include <exception>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "api/responder_metrics.h"

namespace payhook {

namespace {

constexpr std::array k_of_attempts{counted::k_processed, counted::k_retried, counted::k_interrupted,
                                   counted::k_failed};

using Total = std::pair<std::string, std::string>;  // source and outcome

double since_1970(Timestamp time) { return in_seconds(time.time_since_epoch()); }

bool is_configured(const Config& config, const std::string& source) {
  return std::any_of(config.sources.begin(), config.sources.end(),
                     [&](const auto& each) { return each->name == source; });
}

/// What has not happened yet is 0: a counter that begins with its first event does not seem to have
/// grown.
std::map<Total, double> totals_of(const std::vector<OutcomeTotal>& counted, const Config& config) {
  std::map<Total, double> totals;
  for (const auto& source : config.sources) {
    for (const std::string_view outcome : counted::k_of_webhooks) {
      totals[{source->name, std::string(outcome)}] = 0;
    }
    for (const std::string_view outcome : k_of_attempts) {
      totals[{source->name, std::string(outcome)}] = 0;
    }
  }
  for (const OutcomeTotal& each : counted) {
    totals[{each.source, each.outcome}] = static_cast<double>(each.count);
  }
  return totals;
}

void add_totals(Scrape& scrape, const std::vector<OutcomeTotal>& counted, const Config& config) {
  Scrape::Family& webhooks =
      scrape.counter("payhook_webhooks_total", "Webhooks, by what they came to.");
  Scrape::Family& attempts =
      scrape.counter("payhook_attempts_total", "Attempts to process a transaction.");
  for (const auto& [total, count] : totals_of(counted, config)) {
    const auto& [source, outcome] = total;
    if (!counted::is_of_a_webhook(outcome)) {
      attempts.add({{"source", source}, {"outcome", outcome}}, count);
    } else if (is_configured(config, source)) {
      webhooks.add({{"source", source}, {"outcome", outcome}}, count);
    }
  }
  std::map<std::string, Timestamp> last_at;
  for (const OutcomeTotal& each : counted) {
    if (counted::is_of_a_webhook(each.outcome) && is_configured(config, each.source)) {
      Timestamp& last = last_at.try_emplace(each.source, each.last_at).first->second;
      last = std::max(last, each.last_at);
    }
  }
  Scrape::Family& last = scrape.gauge("payhook_last_webhook_timestamp_seconds",
                                      "When the last webhook of a source came.");
  for (const auto& [source, at] : last_at) {
    last.add({{"source", source}}, since_1970(at));
  }
}

void add_lag(Scrape& scrape, const ProcessingLag& lag) {
  std::vector<double> bounds;
  bounds.reserve(ProcessingLag::k_bounds.size());
  for (const auto bound : ProcessingLag::k_bounds) {
    bounds.push_back(in_seconds(bound));
  }
  std::vector<std::uint64_t> counts;
  counts.reserve(lag.buckets().size());
  std::chrono::milliseconds sum{0};
  for (const ProcessingLag::Bucket& bucket : lag.buckets()) {
    counts.push_back(static_cast<std::uint64_t>(bucket.count));
    sum += bucket.sum;
  }
  scrape
      .histogram(
          "payhook_processing_lag_seconds",
          "From when a transaction was due until it was processed, or handed to its handler.")
      .add(bounds, counts, in_seconds(sum));
}

template <typename Number>
void add_number(Scrape& scrape, const char* name, const char* help, Number number) {
  scrape.gauge(name, help, static_cast<double>(number));
}

void add_queue(Scrape& scrape, const StoreState& state) {
  add_number(scrape, "payhook_processing_transactions",
             "Transactions that are PROCESSING, up to 10000.", state.processing);
  add_number(scrape, "payhook_due_transactions", "Those of them that are due, up to 10000.",
             state.due);
  add_number(scrape, "payhook_failed_transactions", "Transactions that have FAILED, up to 10000.",
             state.failed);
  Scrape::Family& oldest =
      scrape.gauge("payhook_oldest_due_timestamp_seconds",
                   "Since when the transaction is due that is due for longest; absent for none.");
  if (state.oldest_due_at) {
    oldest.add({}, since_1970(*state.oldest_due_at));
  }
  scrape.gauge("payhook_processor_up", "Whether payhookd has the database open.",
               state.is_being_processed ? 1 : 0);
  scrape.gauge("payhook_processing_paused", "Whether an operator has paused processing.",
               state.is_paused ? 1 : 0);
}

void add_store(Scrape& scrape, const StoreState& state) {
  add_number(scrape, "payhook_quarantine_webhooks", "Webhooks in the quarantine.",
             state.quarantine.webhooks);
  add_number(scrape, "payhook_quarantine_bytes", "What their bodies and headers take.",
             state.quarantine.bytes);
  add_number(scrape, "payhook_conflicts", "Webhooks kept as conflicts, up to 10000.",
             state.conflicts);
  add_number(scrape, "payhook_database_bytes",
             "How large the database is, what it has free included.",
             state.bytes + state.unused_bytes);
  add_number(scrape, "payhook_wal_bytes", "How large its WAL is.", state.log_bytes);
  Scrape::Family& disk = scrape.gauge("payhook_disk_free_bytes", "What its disk has left.");
  if (state.disk_bytes_left) {
    disk.add({}, static_cast<double>(*state.disk_bytes_left));
  }
  Scrape::Family& backup =
      scrape.gauge("payhook_last_backup_timestamp_seconds",
                   "When the newest backup was made; absent before the first.");
  if (state.last_backup_at) {
    backup.add({}, since_1970(*state.last_backup_at));
  }
}

}  // namespace

void add_store_metrics(Scrape& scrape, Statistics& statistics, const Config& config,
                       Timestamp now) {
  constexpr auto k_up = "payhook_store_up";
  constexpr auto k_help = "Whether the database can be read.";
  StoreState state;
  std::vector<OutcomeTotal> totals;
  ProcessingLag lag;
  try {
    state = statistics.state(now);
    totals = statistics.totals();
    lag = statistics.processing_lag();
  } catch (const std::exception&) {
    scrape.gauge(k_up, k_help, 0);
    return;
  }
  scrape.gauge(k_up, k_help, 1);
  add_totals(scrape, totals, config);
  add_lag(scrape, lag);
  add_queue(scrape, state);
  add_store(scrape, state);
}

}  // namespace payhook
