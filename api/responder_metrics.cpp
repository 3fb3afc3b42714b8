#include "api/responder_metrics.h"

namespace payhook {

namespace {

// Those of a webhook have the deadlines that senders have: 3, 5, 10, 22 and 30 s.
const MetricHistogram::BucketBoundaries k_webhook_seconds{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
                                                          1,     2,    3,     5,    10,  22,   30};
const MetricHistogram::BucketBoundaries k_commit_seconds{
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 4};
const MetricHistogram::BucketBoundaries k_commit_webhooks{1,   2,   4,   8,    16,   32,  64,
                                                          128, 256, 512, 1024, 2048, 4096};

}  // namespace

SourceMetrics::SourceMetrics() : durations(k_webhook_seconds) {
  for (const int status : {400, 401, 409, 413, 415}) {
    refused.try_emplace(status);
  }
}

ResponderMetrics::ResponderMetrics()
    : commit_webhooks(k_commit_webhooks), commit_durations(k_commit_seconds) {}

std::shared_ptr<SourceMetrics> ResponderMetrics::of(const std::string& source) {
  const std::lock_guard lock(m_mutex);
  std::weak_ptr<SourceMetrics>& known = m_sources[source];
  auto metrics = known.lock();
  if (metrics == nullptr) {
    metrics = std::make_shared<SourceMetrics>();
    known = metrics;
  }
  return metrics;
}

void ResponderMetrics::count_answer(int status, SourceMetrics& source) {
  if (status == 503) {
    unavailable.Increment();
  } else if (const auto found = source.refused.find(status); found != source.refused.end()) {
    found->second.Increment();
  }
}

void ResponderMetrics::add_to(Scrape& scrape, std::size_t waiting_webhooks) {
  Scrape::Family& durations =
      scrape.histogram("payhook_webhook_duration_seconds",
                       "From the arrival of a webhook that was to be stored to its answer.");
  Scrape::Family& refused =
      scrape.counter("payhook_refused_total", "Webhooks refused, by the status of the answer.");
  Scrape::Family& failures =
      scrape.counter("payhook_signature_failures_total", "Webhooks refused for their signature.");
  Scrape::Family& old_secrets = scrape.counter("payhook_old_secret_uses_total",
                                               "Webhooks signed with a secret that is not the "
                                               "source's first.");
  for (const auto& [name, source] : sources()) {
    durations.add({{"source", name}}, source->durations);
    for (const auto& [status, count] : source->refused) {
      refused.add({{"source", name}, {"status", std::to_string(status)}}, count);
    }
    failures.add({{"source", name}}, source->signature_failures);
    old_secrets.add({{"source", name}}, source->old_secret_uses);
  }
  scrape.histogram("payhook_commit_webhooks", "Webhooks in a commit.").add({}, commit_webhooks);
  scrape.histogram("payhook_commit_duration_seconds", "What a commit takes, its wait included.")
      .add({}, commit_durations);
  scrape.gauge("payhook_waiting_webhooks", "Webhooks that wait for a commit.",
               static_cast<double>(waiting_webhooks));
  scrape.counter("payhook_unavailable_total", "Webhooks answered 503.").add({}, unavailable);
}

std::map<std::string, std::shared_ptr<const SourceMetrics>> ResponderMetrics::sources() {
  const std::lock_guard lock(m_mutex);
  std::map<std::string, std::shared_ptr<const SourceMetrics>> sources;
  for (auto each = m_sources.begin(); each != m_sources.end();) {
    if (auto metrics = each->second.lock()) {
      sources.emplace(each->first, std::move(metrics));
      ++each;
    } else {
      each = m_sources.erase(each);
    }
  }
  return sources;
}

}  // namespace payhook
