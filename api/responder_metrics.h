#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "metrics/scrape.h"

namespace payhook {

/// What is counted of one source's webhooks since the program started. Any number of threads may
/// use it.
struct SourceMetrics {
  SourceMetrics();

  MetricHistogram durations;  ///< from the arrival of a request to its answer, in seconds
  std::map<int, MetricCounter> refused;  ///< by the status; one for each that there can be
  MetricCounter signature_failures;
  MetricCounter old_secret_uses;
};

/// What a responder counts and measures in memory since it started. Any number of threads may use
/// it.
class ResponderMetrics {
 public:
  ResponderMetrics();

  /// Those of a source: the same for all, and for as long as anybody has them, which is how they
  /// outlive a change of the configuration. When nobody has them any more they are forgotten.
  std::shared_ptr<SourceMetrics> of(const std::string& source);

  /// Counts what a webhook was answered, where it was not taken.
  void count_answer(int status, SourceMetrics& source);

  /// Adds all of them, and how many webhooks wait to be stored.
  void add_to(Scrape& scrape, std::size_t waiting_webhooks);

  MetricHistogram commit_webhooks;
  MetricHistogram commit_durations;  ///< in seconds
  MetricCounter unavailable;         ///< webhooks that were answered 503

 private:
  std::map<std::string, std::shared_ptr<const SourceMetrics>> sources();

  std::mutex m_mutex;
  std::map<std::string, std::weak_ptr<SourceMetrics>> m_sources;
};

/// As Prometheus wants it.
template <typename Duration>
double in_seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace payhook
