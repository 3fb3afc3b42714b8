#include "store/postgresql/intake.h"

#include "store/postgresql/incoming_batch.h"
#include "store/postgresql/outcome_counters.h"
#include "store/statistics.h"
#include "store/store_in_halves.h"

namespace payhook::postgresql {

namespace {

constexpr Statement k_look{"payhook_look",
                           "SELECT FROM transactions WHERE source = '' AND transaction_id = ''"};

constexpr Statement k_write{"payhook_write", "UPDATE schema_version SET version = version"};

}  // namespace

Intake::Intake(const std::string& conninfo, Session::Begin begin)
    : m_session(conninfo, begin, Session::Presence::RECEIVING) {}

std::vector<IntakeResult> Intake::store(std::span<const IncomingWebhook> webhooks,
                                        Deadline deadline) {
  if (webhooks.empty()) {
    return {};
  }
  return store_in_halves(webhooks, deadline, [&](std::span<const IncomingWebhook> some) {
    return store_together(some, deadline);
  });
}

/// Each of them writes, if only counters: the answer to a duplicate waits, too, until the standby
/// has all that was committed before.
std::vector<IntakeResult> Intake::store_together(std::span<const IncomingWebhook> webhooks,
                                                 Deadline deadline) {
  ScopedTransaction transaction(m_session, deadline);
  std::vector<IntakeResult> results = IncomingBatch(transaction, webhooks).store();
  OutcomeTally tally;
  for (std::size_t i = 0; i < webhooks.size(); ++i) {
    tally.add(webhooks[i].source, counted::name_of(results[i]), webhooks[i].received_at);
  }
  add_to_counters(transaction, tally);
  transaction.commit();
  return results;
}

void Intake::prove_that_it_stores(Deadline deadline) {
  ScopedTransaction transaction(m_session, deadline);
  transaction.add(k_look);
  transaction.add(k_write);
  transaction.commit();
}

}  // namespace payhook::postgresql
