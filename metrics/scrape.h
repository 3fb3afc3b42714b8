#pragma once

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/metric_family.h>

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace payhook {

/// What a program counts and measures while it runs. Any number of threads may use one.
using MetricCounter = prometheus::Counter;
using MetricHistogram = prometheus::Histogram;

/// What Prometheus is answered when it asks for metrics: families of them, in its text format,
/// version 0.0.4. For one thread.
class Scrape {
 public:
  static constexpr std::string_view k_content_type = "text/plain; version=0.0.4; charset=utf-8";

  using Labels = std::vector<prometheus::ClientMetric::Label>;

  /// The metrics of one name. It lasts as long as the scrape.
  class Family {
   public:
    void add(Labels labels, double value);
    void add(Labels labels, const MetricCounter& counter);
    void add(Labels labels, const MetricHistogram& histogram);

    /// A histogram without labels that is counted elsewhere: how many were in each bucket, by the
    /// bounds of all but the last, and the sum of all.
    void add(std::span<const double> bounds, std::span<const std::uint64_t> counts, double sum);

   private:
    friend class Scrape;
    explicit Family(prometheus::MetricFamily family) : m_family(std::move(family)) {}
    prometheus::MetricFamily m_family;
  };

  /// Begins a family. Names and units are by Prometheus' conventions.
  Family& counter(std::string name, std::string help);
  Family& gauge(std::string name, std::string help);
  Family& histogram(std::string name, std::string help);

  /// A gauge without labels.
  void gauge(std::string name, std::string help, double value);

  /// All of it, in the order in which it was added.
  std::string text() const;

 private:
  Family& begin(std::string name, std::string help, prometheus::MetricType type);

  std::deque<Family> m_families;  // which keeps them where they are
};

}  // namespace payhook
