#include "store/postgresql/importer.h"

#include <algorithm>

#include "store/postgresql/incoming_batch.h"
#include "store/postgresql/parameters.h"
#include "store/postgresql/recorded_acts.h"

namespace payhook::postgresql {

namespace {

constexpr Statement k_end{"payhook_end_imported", R"sql(
  UPDATE transactions AS one
  SET status = 'PROCESSED', processed_at = past.processed_at, due_at = NULL
  FROM unnest($2::text[], $3::timestamptz[]) AS past (transaction_id, processed_at)
  WHERE one.source = $1::text AND one.transaction_id = past.transaction_id
)sql"};

constexpr Statement k_note_late_rows{"payhook_note_late_rows", R"sql(
  INSERT INTO late_rows (id, until_row, until_time)
  SELECT 1, max(id), $1::timestamptz FROM transactions
  ON CONFLICT (id)
  DO UPDATE SET until_row = excluded.until_row, until_time = excluded.until_time
)sql"};

IncomingWebhook incoming(std::string_view source, const PastTransaction& past) {
  const StatedPayment payment{past.transaction, past.due_at,
                              past.keeps_order && !past.processed_at};
  return {std::string(source), payment, "", "", past.created_at};
}

/// Has those that are new and were processed be so here.
void end_processed(ScopedTransaction& transaction, std::string_view source,
                   std::span<const PastTransaction> past, std::span<const IntakeResult> results) {
  Array ids;
  Array processed_at;
  for (std::size_t i = 0; i < past.size(); ++i) {
    if (results[i] == IntakeResult::CREATED && past[i].processed_at) {
      ids.add(past[i].transaction.transaction_id());
      processed_at.add(*past[i].processed_at);
    }
  }
  if (!ids.is_empty()) {
    transaction.add(k_end, Parameters().add(source).add(ids).add(processed_at));
  }
}

}  // namespace

Importer::Importer(const std::string& conninfo, Session::Begin begin)
    : m_session(conninfo, begin) {}

std::vector<IntakeResult> Importer::add(std::string_view source,
                                        std::span<const PastTransaction> transactions,
                                        const Act& act, Deadline deadline) {
  if (transactions.empty()) {
    return {};
  }
  std::vector<IncomingWebhook> webhooks;
  webhooks.reserve(transactions.size());
  for (const PastTransaction& past : transactions) {
    webhooks.push_back(incoming(source, past));
  }
  ScopedTransaction transaction(m_session, deadline);
  std::vector<IntakeResult> results = IncomingBatch(transaction, webhooks).store();
  const bool stores_any = std::count(results.begin(), results.end(), IntakeResult::CREATED) > 0;
  if (stores_any) {
    end_processed(transaction, source, transactions, results);
    transaction.add(k_note_late_rows, Parameters().add(act.at));
    if (!m_is_recorded) {
      record_act(transaction, "import", std::nullopt, act);
    }
  }
  transaction.commit();
  m_is_recorded = m_is_recorded || stores_any;
  return results;
}

}  // namespace payhook::postgresql
