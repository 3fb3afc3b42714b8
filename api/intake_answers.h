#pragma once

#include <memory>
#include <span>

#include "api/http.h"
#include "api/responder_metrics.h"
#include "service/config/responder_config.h"
#include "store/intake.h"
#include "webhook/source.h"

namespace payhook {

/// How a source's requests are answered whose webhooks the store has seen: a request is
/// acknowledged when all of them are on disk. Any number of threads may use it.
class IntakeAnswers {
 public:
  /// `metrics` are the source's.
  IntakeAnswers(const Source& source, ConflictAnswer conflicting_duplicate,
                std::shared_ptr<SourceMetrics> metrics);

  /// The answer to one request, whose webhooks came to these results. It lasts as long as this.
  const HttpResponse& to(std::span<const IntakeResult> results) const noexcept;

  /// What is counted of the source's webhooks.
  SourceMetrics& metrics() const noexcept { return *m_metrics; }

 private:
  const std::shared_ptr<SourceMetrics> m_metrics;
  const HttpResponse m_received;
  const HttpResponse m_conflict;
  const HttpResponse m_not_kept;
  const HttpResponse m_unavailable;
};

}  // namespace payhook
