#pragma once

#include <string>

#include "store/intake.h"
#include "store/postgresql/session.h"

namespace payhook::postgresql {

/// Stores webhooks in PostgreSQL: each call of store() is one transaction, of two round trips where
/// all are new. One webhook that meets a damaged page, or a rule of the schema, keeps no other from
/// being stored.
class Intake final : public WebhookIntake {
 public:
  /// Throws as Session does.
  Intake(const std::string& conninfo, Session::Begin begin);

  std::vector<IntakeResult> store(std::span<const IncomingWebhook> webhooks,
                                  Deadline deadline) override;
  void prove_that_it_stores(Deadline deadline) override;

 private:
  std::vector<IntakeResult> store_together(std::span<const IncomingWebhook> webhooks,
                                           Deadline deadline);

  Session m_session;
};

}  // namespace payhook::postgresql
