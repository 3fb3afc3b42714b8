#include "store/sqlite/intake.h"

#include <fmt/format.h>

#include <algorithm>

#include "store/sqlite/schema.h"
#include "store/statistics.h"
#include "store/store_in_halves.h"

namespace payhook {

namespace {

constexpr auto k_insert = R"sql(
  INSERT INTO transactions (source, transaction_id, source_account, destination_account, amount,
                            currency, status, created_at, due_at, amount_minor, body,
                            remote_address, headers, id)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'PROCESSING', ?7, ?8, ?9, ?10, ?11, ?12, ?13)
)sql";

constexpr auto k_find = R"sql(
  SELECT source_account, destination_account, amount, currency
  FROM transactions WHERE id = ?1 AND source = ?2 AND transaction_id = ?3
)sql";

constexpr auto k_record_conflict = R"sql(
  INSERT INTO conflicts (source, transaction_id, source_account, destination_account, amount,
                         currency, received_at, body, remote_address, headers)
  SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10
  WHERE (SELECT count(*) FROM conflicts WHERE source = ?1 AND transaction_id = ?2) < ?11
  ON CONFLICT DO NOTHING
)sql";

constexpr auto k_find_conflict = R"sql(
  SELECT 1 FROM conflicts
  WHERE source = ?1 AND transaction_id = ?2 AND source_account = ?3 AND destination_account = ?4
    AND amount = ?5 AND currency = ?6
)sql";

void bind_values(SqliteStatement& statement, std::string_view source,
                 const Transaction& transaction) {
  statement.bind(1, source);
  statement.bind(2, transaction.transaction_id());
  statement.bind(3, transaction.source_account());
  statement.bind(4, transaction.destination_account());
  statement.bind(5, transaction.amount().decimal());
  statement.bind(6, transaction.currency());
}

}  // namespace

SqliteIntake::SqliteIntake(SharedState& shared, std::chrono::milliseconds patience, From from)
    : m_writer(shared, Writer::k_pages_of_others, patience),
      m_ids(m_writer.connection(), shared.recent),
      m_insert(m_writer.connection().prepare(k_insert)),
      m_find(m_writer.connection().prepare(k_find)),
      m_pruned(m_writer.connection()),
      m_record_conflict(m_writer.connection().prepare(k_record_conflict)),
      m_find_conflict(m_writer.connection().prepare(k_find_conflict)),
      m_order(m_writer.connection()),
      m_quarantine(m_writer.connection()),
      m_events(m_writer.connection()),
      m_counters(m_writer.connection()) {
  if (from == From::SENDERS && shared.lifetime == Lifetime::SERVICE) {
    m_writer.connection().turn_file().take(TurnFile::Role::RECEIVING);
  }
  // A killed predecessor may have written a commit that it never synced. A duplicate of one of its
  // webhooks will be acknowledged without a write of ours, so it is synced now.
  m_writer.connection().sync_wal();
  m_ids.catch_up();
}

std::vector<IntakeResult> SqliteIntake::store(std::span<const IncomingWebhook> webhooks,
                                              Deadline deadline) {
  auto turn = m_writer.take_turn(deadline);
  return store_those_that_can_be(turn, webhooks, deadline);
}

/// SQLite commits no transaction that has met a damaged page.
std::vector<IntakeResult> SqliteIntake::store_those_that_can_be(
    Writer::Turn& turn, std::span<const IncomingWebhook> webhooks, Deadline deadline) {
  return store_in_halves(webhooks, deadline, [&](std::span<const IncomingWebhook> some) {
    try {
      return store_together(turn, some);
    } catch (const std::exception&) {
      if (!m_counters.take_failure()) {
        throw;
      }
    }
    return store_together(turn, some);  // uncounted
  });
}

std::vector<IntakeResult> SqliteIntake::store_together(Writer::Turn& turn,
                                                       std::span<const IncomingWebhook> webhooks) {
  std::vector<IntakeResult> results(webhooks.size());
  write_in(turn, [&] {
    std::transform(webhooks.begin(), webhooks.end(), results.begin(),
                   [this](const auto& webhook) { return store_in_transaction(webhook); });
    count(webhooks, results);
  });
  return results;
}

/// Of what senders sent: an operator's store_again() is none of theirs.
void SqliteIntake::count(std::span<const IncomingWebhook> webhooks,
                         std::span<const IntakeResult> results) {
  OutcomeTally tally;
  for (std::size_t i = 0; i < webhooks.size(); ++i) {
    tally.add(webhooks[i].source, counted::name_of(results[i]), webhooks[i].received_at);
  }
  m_counters.add(tally);
}

void SqliteIntake::write(Deadline deadline, const std::function<void()>& change) {
  auto turn = m_writer.take_turn(deadline);
  write_in(turn, change);
}

template <typename Change>
void SqliteIntake::write_in(Writer::Turn& turn, const Change& change) {
  WriteTransaction transaction = turn.begin();
  m_ids.catch_up_in_transaction();
  change();
  m_ids.require_same_beginning();
  transaction.commit();
  m_ids.publish();
}

void SqliteIntake::prove_that_it_stores(Deadline deadline) {
  auto turn = m_writer.take_turn(deadline);
  WriteTransaction transaction = turn.begin();
  m_ids.catch_up_in_transaction();
  static_cast<void>(m_ids.candidates("", "").next());
  m_writer.connection().execute(fmt::format("PRAGMA application_id = {}", k_application_id));
  transaction.commit();
}

IntakeResult SqliteIntake::store_in_transaction(const IncomingWebhook& webhook) {
  if (const auto* payment = std::get_if<StatedPayment>(&webhook.content)) {
    return store_payment(webhook, *payment);
  }
  if (const auto* event = std::get_if<NoPayment>(&webhook.content)) {
    return m_events.keep(webhook, event->type);
  }
  return m_quarantine.keep(webhook, std::get<Unreadable>(webhook.content).reason);
}

IntakeResult SqliteIntake::store_payment(const IncomingWebhook& webhook,
                                         const StatedPayment& payment) {
  switch (known(webhook.source, payment.transaction)) {
    case Known::NOT:
      insert(webhook, payment);
      return IntakeResult::CREATED;
    case Known::WITH_THE_SAME_VALUES:
      return IntakeResult::DUPLICATE;
    case Known::WITH_OTHER_VALUES:
      break;
  }
  return record_conflict(webhook, payment.transaction);
}

SqliteIntake::Known SqliteIntake::known(std::string_view source, const Transaction& transaction) {
  const TransactionTexts texts{source,
                               transaction.transaction_id(),
                               transaction.source_account(),
                               transaction.destination_account(),
                               transaction.amount().decimal(),
                               transaction.currency()};
  auto candidates = m_ids.candidates(source, transaction.transaction_id());
  while (const auto row = candidates.next()) {
    if (const auto known = known_by(*row, texts)) {
      return *known;
    }
  }
  return Known::NOT;
}

/// Where it has this id, as a row or as one that was pruned.
std::optional<SqliteIntake::Known> SqliteIntake::known_by(RowId row,
                                                          const TransactionTexts& texts) {
  const auto compared = [](bool same) {
    return same ? Known::WITH_THE_SAME_VALUES : Known::WITH_OTHER_VALUES;
  };
  {
    m_find.bind(1, row);
    m_find.bind(2, texts.source);
    m_find.bind(3, texts.transaction_id);
    const ResetAtEnd reset(m_find);
    if (m_find.step()) {
      return compared(m_find.text(0) == texts.source_account &&
                      m_find.text(1) == texts.destination_account &&
                      m_find.text(2) == texts.amount && m_find.text(3) == texts.currency);
    }
  }
  const auto values = m_pruned.values_of(row, m_ids.hash(), texts);
  return values ? std::optional(compared(*values == PrunedIds::Values::THE_SAME)) : std::nullopt;
}

void SqliteIntake::insert(const IncomingWebhook& webhook, const StatedPayment& payment) {
  const std::string created_at = format_milliseconds(webhook.received_at);
  bind_values(m_insert, webhook.source, payment.transaction);
  m_insert.bind(7, created_at);
  m_insert.bind(8, payment.due_at.time_since_epoch().count());
  m_insert.bind(9, payment.transaction.amount().minor());
  m_insert.bind_blob(10, webhook.body);
  m_insert.bind(11, webhook.remote_address);
  m_insert.bind(12, webhook.headers);
  const RowId row = m_ids.next_row();
  m_insert.bind(13, row);
  m_insert.run();
  if (payment.keeps_order) {
    m_order.add(row, webhook.source, payment.transaction);
  }
  m_ids.add();
}

IntakeResult SqliteIntake::record_conflict(const IncomingWebhook& webhook,
                                           const Transaction& transaction) {
  const std::string received_at = format_milliseconds(webhook.received_at);
  bind_values(m_record_conflict, webhook.source, transaction);
  m_record_conflict.bind(7, received_at);
  m_record_conflict.bind_blob(8, webhook.body);
  m_record_conflict.bind(9, webhook.remote_address);
  m_record_conflict.bind(10, webhook.headers);
  m_record_conflict.bind(11, k_conflicts_per_id);
  m_record_conflict.run();
  if (m_writer.connection().changes() > 0 || is_recorded(webhook.source, transaction)) {
    return IntakeResult::CONFLICT;
  }
  return webhook.is_authentic
             ? m_quarantine.keep(webhook,
                                 "a transaction_id came again with other values, too often")
             : IntakeResult::CONFLICT_NOT_KEPT;
}

bool SqliteIntake::is_recorded(std::string_view source, const Transaction& transaction) {
  bind_values(m_find_conflict, source, transaction);
  const ResetAtEnd reset(m_find_conflict);
  return m_find_conflict.step();
}

}  // namespace payhook
