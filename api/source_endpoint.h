#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "api/committer.h"
#include "api/exchange.h"
#include "api/intake_answers.h"
#include "api/responder_metrics.h"
#include "core/clock.h"
#include "service/config/config.h"
#include "webhook/source.h"

namespace payhook {

/// The path of one source: from its request to the committer's queue. For one thread.
class SourceEndpoint {
 public:
  /// All references must outlive it.
  SourceEndpoint(std::shared_ptr<const Source> source, const Config& config, const Clock& clock,
                 Committer& committer, ResponderMetrics& metrics);

  /// Answers a webhook, or hands it to the committer, which will. Throws what its answer is made
  /// of: see error_response().
  void receive(Exchange& exchange);

  /// Answers a sender that asks with GET whether this is the place. Throws HttpError, 404, where it
  /// does not ask as this source's does.
  void meet_challenge(Exchange& exchange) const;

  /// Answers the OPTIONS by which CloudEvents asks for permission.
  void permit(Exchange& exchange) const;

 private:
  void take_in(Exchange& exchange);
  void check_sender(const HttpRequest& request, Timestamp now);
  void count_use(std::size_t secret, Timestamp now);
  bool meet_signed_challenge(Exchange& exchange, const std::string& json) const;
  std::vector<IncomingWebhook> webhooks_of(HttpRequest& request, Timestamp now) const;

  const std::shared_ptr<const Source> m_source;
  const Config& m_config;
  const Clock& m_clock;
  Committer& m_committer;
  const bool m_keeps_order;
  ResponderMetrics& m_all_metrics;
  const std::shared_ptr<SourceMetrics> m_metrics;
  const std::shared_ptr<const IntakeAnswers> m_answers;
  std::uint64_t m_uses_of_old_secrets = 0;  // that have not been told
  Timestamp m_tell_again = Timestamp::min();
};

}  // namespace payhook
