#include "metrics/scrape.h"

#include <prometheus/text_serializer.h>

#include <limits>
#include <utility>

namespace payhook {

void Scrape::Family::add(Labels labels, double value) {
  prometheus::ClientMetric& metric = m_family.metric.emplace_back();
  metric.label = std::move(labels);
  (m_family.type == prometheus::MetricType::Counter ? metric.counter.value : metric.gauge.value) =
      value;
}

void Scrape::Family::add(Labels labels, const MetricCounter& counter) {
  add(std::move(labels), counter.Value());
}

void Scrape::Family::add(Labels labels, const MetricHistogram& histogram) {
  m_family.metric.push_back(histogram.Collect());
  m_family.metric.back().label = std::move(labels);
}

void Scrape::Family::add(std::span<const double> bounds, std::span<const std::uint64_t> counts,
                         double sum) {
  prometheus::ClientMetric::Histogram& histogram = m_family.metric.emplace_back().histogram;
  histogram.sample_sum = sum;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    histogram.sample_count += counts[i];
    histogram.bucket.push_back(
        {histogram.sample_count,
         i < bounds.size() ? bounds[i] : std::numeric_limits<double>::infinity()});
  }
}

Scrape::Family& Scrape::counter(std::string name, std::string help) {
  return begin(std::move(name), std::move(help), prometheus::MetricType::Counter);
}

Scrape::Family& Scrape::gauge(std::string name, std::string help) {
  return begin(std::move(name), std::move(help), prometheus::MetricType::Gauge);
}

Scrape::Family& Scrape::histogram(std::string name, std::string help) {
  return begin(std::move(name), std::move(help), prometheus::MetricType::Histogram);
}

void Scrape::gauge(std::string name, std::string help, double value) {
  gauge(std::move(name), std::move(help)).add({}, value);
}

std::string Scrape::text() const {
  std::vector<prometheus::MetricFamily> families;
  families.reserve(m_families.size());
  for (const Family& family : m_families) {
    families.push_back(family.m_family);
  }
  return prometheus::TextSerializer().Serialize(families);
}

Scrape::Family& Scrape::begin(std::string name, std::string help, prometheus::MetricType type) {
  return m_families.emplace_back(
      Family(prometheus::MetricFamily{std::move(name), std::move(help), type, {}}));
}

}  // namespace payhook
