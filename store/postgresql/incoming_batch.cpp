#include "store/postgresql/incoming_batch.h"

#include "core/log.h"
#include "core/sha256.h"
#include "store/errors.h"

namespace payhook::postgresql {

namespace {

// "PayI", and the last number that others have drawn: those that this transaction draws, and
// whoever follows the numbers has to wait for, are higher.
constexpr Statement k_announce{"payhook_announce", R"sql(
  SELECT pg_advisory_xact_lock_shared(1348565321, (last_value % 2147483648)::integer)
  FROM transactions_id_seq
)sql"};

// Two that store the same ids at once wait for each other in one order. But numbers are given in
// the order of arrival.
constexpr Statement k_insert{"payhook_insert", R"sql(
  WITH incoming AS MATERIALIZED (
    SELECT nextval('transactions_id_seq') AS id, line.*
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[],
                $7::text[], $8::timestamptz[], $9::timestamptz[], $10::bytea[], $11::bytea[],
                $12::text[], $13::boolean[])
         WITH ORDINALITY AS line (source, transaction_id, source_account, destination_account,
                                  amount, amount_minor, currency, created_at, due_at, body,
                                  headers, remote_address, keeps_order, place)),
  inserted AS (
    INSERT INTO transactions (id, source, transaction_id, source_account, destination_account,
                              amount, amount_minor, currency, status, created_at, due_at, body,
                              headers, remote_address)
    SELECT id, source, transaction_id, source_account, destination_account, amount::numeric,
           amount_minor, currency, 'PROCESSING', created_at, due_at, body, headers,
           remote_address
    FROM incoming ORDER BY source COLLATE "C", transaction_id COLLATE "C", place
    ON CONFLICT (source, transaction_id) DO NOTHING
    RETURNING id),
  ordered AS (
    INSERT INTO account_order (source, source_account, transaction_row)
    SELECT source, source_account, id FROM incoming JOIN inserted USING (id) WHERE keeps_order)
  SELECT place FROM incoming JOIN inserted USING (id)
)sql"};

// It looks after the insertion: whoever prunes a transaction remembers its id in one commit with
// its deletion, before which nothing can be inserted in its place.
constexpr Statement k_find_pruned{"payhook_find_pruned", R"sql(
  SELECT place
  FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS line (source, transaction_id, place)
  JOIN pruned_ids USING (source, transaction_id)
)sql"};

constexpr Statement k_take_out{"payhook_take_out", R"sql(
  WITH taken_out AS (
    DELETE FROM transactions AS one
    USING unnest($1::text[], $2::text[]) AS line (source, transaction_id)
    WHERE one.source = line.source AND one.transaction_id = line.transaction_id
    RETURNING one.id, one.source, one.source_account)
  DELETE FROM account_order AS place USING taken_out AS one
  WHERE place.source = one.source AND place.source_account = one.source_account
    AND place.transaction_row = one.id
)sql"};

constexpr Statement k_compare{"payhook_compare", R"sql(
  SELECT place,
         CASE WHEN held.id IS NULL
              THEN values_hash = hash_of_values(line.source_account, line.destination_account,
                                                line.amount::numeric, line.currency)
              ELSE held.source_account = line.source_account
                   AND held.destination_account = line.destination_account
                   AND held.amount = line.amount::numeric AND held.currency = line.currency END
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
       WITH ORDINALITY AS line (source, transaction_id, source_account, destination_account,
                                amount, currency, place)
  LEFT JOIN transactions AS held USING (source, transaction_id)
  LEFT JOIN pruned_ids USING (source, transaction_id)
  WHERE held.id IS NOT NULL OR values_hash IS NOT NULL
)sql"};

// Where another one has recorded it at the same time, there is room, but it is there.
constexpr Statement k_record_conflict{"payhook_record_conflict", R"sql(
  WITH held AS (
    SELECT count(*) < $11::bigint AS has_room,
           coalesce(bool_or(source_account = $3::text AND destination_account = $4::text
                            AND amount = $5::text::numeric AND currency = $6::text), false)
             AS is_recorded
    FROM conflicts WHERE source = $1::text AND transaction_id = $2::text),
  recorded AS (
    INSERT INTO conflicts (source, transaction_id, source_account, destination_account, amount,
                           currency, received_at, body, headers, remote_address)
    SELECT $1::text, $2::text, $3::text, $4::text, $5::text::numeric, $6::text,
           $7::timestamptz, $8::bytea, $9::bytea, $10::text
    FROM held WHERE has_room
    ON CONFLICT DO NOTHING)
  SELECT has_room OR is_recorded FROM held
)sql"};

constexpr Statement k_keep_event{"payhook_keep_event", R"sql(
  WITH held AS (
    SELECT coalesce(sum(webhooks), 0)::bigint AS webhooks, coalesce(sum(bytes), 0)::bigint AS bytes
    FROM kept_sizes WHERE kept_in = 'events'),
  kept AS (
    INSERT INTO events (source, type, received_at, body, body_hash, headers, remote_address)
    SELECT $1::text, $2::text, $3::timestamptz, $4::bytea, $5::bytea, $6::bytea, $7::text
    FROM held
    WHERE webhooks < $8::bigint AND bytes + length($4::bytea) + length($6::bytea) <= $9::bigint
    ON CONFLICT DO NOTHING)
  SELECT webhooks, bytes FROM held
)sql"};

constexpr Statement k_events_size{"payhook_events_size", R"sql(
  SELECT coalesce(sum(webhooks), 0)::bigint, coalesce(sum(bytes), 0)::bigint
  FROM kept_sizes WHERE kept_in = 'events'
)sql"};

constexpr Statement k_drop_oldest_event{"payhook_drop_oldest_event", R"sql(
  DELETE FROM events
  WHERE id = (SELECT id FROM events ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
)sql"};

constexpr Statement k_quarantine{"payhook_quarantine", R"sql(
  WITH held AS (
    SELECT coalesce(sum(webhooks), 0)::bigint AS webhooks, coalesce(sum(bytes), 0)::bigint AS bytes
    FROM kept_sizes WHERE kept_in = 'quarantine'),
  kept AS (
    INSERT INTO quarantine (source, reason, received_at, body, body_hash, headers, remote_address)
    SELECT $1::text, $2::text, $3::timestamptz, $4::bytea, $5::bytea, $6::bytea, $7::text
    FROM held
    WHERE webhooks < $8::bigint AND bytes + length($4::bytea) + length($6::bytea) <= $9::bigint
    ON CONFLICT DO NOTHING)
  SELECT webhooks, bytes,
         EXISTS (SELECT FROM quarantine WHERE source = $1::text AND body_hash = $5::bytea)
  FROM held
)sql"};

/// The values that an id's transactions are told apart by, of several webhooks.
struct Values {
  Array source, transaction_id, source_account, destination_account, amount, currency;

  Parameters parameters() const {
    return Parameters()
        .add(source)
        .add(transaction_id)
        .add(source_account)
        .add(destination_account)
        .add(amount)
        .add(currency);
  }

  void add(const IncomingWebhook& webhook, const Transaction& transaction) {
    source.add(webhook.source);
    transaction_id.add(transaction.transaction_id());
    source_account.add(transaction.source_account());
    destination_account.add(transaction.destination_account());
    amount.add(transaction.amount().decimal());
    currency.add(transaction.currency());
  }
};

/// What there is with this one.
KeptAmount grown(const Result& held, const IncomingWebhook& webhook) {
  return {
      held.number(0, 0) + 1,
      held.number(0, 1) + static_cast<std::int64_t>(webhook.body.size() + webhook.headers.size())};
}

Parameters kept(const IncomingWebhook& webhook, std::string_view why, const KeptAmount& most) {
  return Parameters()
      .add(webhook.source)
      .add(storable(why))
      .add(webhook.received_at)
      .add_bytes(webhook.body)
      .add_bytes(sha256_of(webhook.body))
      .add_bytes(webhook.headers)
      .add(webhook.remote_address)
      .add(most.webhooks)
      .add(most.bytes);
}

/// How much there may be of events with one of this sender's.
KeptAmount most_events(const IncomingWebhook& webhook) {
  // What exceeds the most is forgotten afterwards.
  return webhook.is_authentic ? KeptAmount{2 * k_most_events.webhooks, 2 * k_most_events.bytes}
                              : KeptAmount{k_most_events.webhooks / 2, k_most_events.bytes / 2};
}

void warn_of_fullness(const KeptAmount& amount) {
  constexpr KeptAmount k_most = k_most_quarantined;
  if (amount.exceeds({k_most.webhooks / 2, k_most.bytes / 2})) {
    log::report(log::Event::QUARANTINED,
                "the quarantine would hold {} webhooks of {} bytes now; past {} webhooks or {} "
                "bytes webhooks are answered 503: see to what is in the table quarantine",
                amount.webhooks, amount.bytes, k_most.webhooks, k_most.bytes);
  }
}

}  // namespace

IncomingBatch::IncomingBatch(ScopedTransaction& transaction,
                             std::span<const IncomingWebhook> webhooks)
    : m_transaction(transaction), m_webhooks(webhooks), m_results(webhooks.size()) {}

std::vector<IntakeResult> IncomingBatch::store() {
  for (std::size_t place = 0; place < m_webhooks.size(); ++place) {
    if (const auto* event = std::get_if<NoPayment>(&m_webhooks[place].content)) {
      m_events.push_back({place, event->type});
    } else if (const auto* unreadable = std::get_if<Unreadable>(&m_webhooks[place].content)) {
      m_quarantined.push_back({place, unreadable->reason});
    }
  }
  record_conflicts(compare(insert()));
  keep_events();
  quarantine();
  return m_results;
}

const StatedPayment& IncomingBatch::payment(std::size_t place) const {
  return std::get<StatedPayment>(m_webhooks[place].content);
}

/// Returns those whose ids were there already, or were once.
IncomingBatch::Places IncomingBatch::insert() {
  Values values;
  Array minor, created_at, due_at, body, headers, remote_address, keeps_order;
  Places places;
  for (std::size_t place = 0; place < m_webhooks.size(); ++place) {
    const IncomingWebhook& webhook = m_webhooks[place];
    if (!std::holds_alternative<StatedPayment>(webhook.content)) {
      continue;
    }
    const StatedPayment& stated = payment(place);
    values.add(webhook, stated.transaction);
    minor.add(stated.transaction.amount().minor());
    created_at.add(webhook.received_at);
    due_at.add(stated.due_at);
    body.add_bytes(webhook.body);
    headers.add_bytes(webhook.headers);
    remote_address.add(webhook.remote_address);
    keeps_order.add(stated.keeps_order);
    m_results[place] = IntakeResult::DUPLICATE;
    places.push_back(place);
  }
  if (places.empty()) {
    return {};
  }
  m_transaction.add(k_announce);
  m_transaction.add(k_insert, Parameters()
                                  .add(values.source)
                                  .add(values.transaction_id)
                                  .add(values.source_account)
                                  .add(values.destination_account)
                                  .add(values.amount)
                                  .add(minor)
                                  .add(values.currency)
                                  .add(created_at)
                                  .add(due_at)
                                  .add(body)
                                  .add(headers)
                                  .add(remote_address)
                                  .add(keeps_order));
  m_transaction.add(k_find_pruned, Parameters().add(values.source).add(values.transaction_id));
  const std::vector<Result> done = m_transaction.run();
  const Result& inserted = done[done.size() - 2];
  for (std::size_t row = 0; row < inserted.rows(); ++row) {
    m_results[places[static_cast<std::size_t>(inserted.number(row, 0) - 1)]] =
        IntakeResult::CREATED;
  }
  take_out_pruned(places, done.back());
  std::erase_if(places,
                [this](std::size_t place) { return m_results[place] == IntakeResult::CREATED; });
  return places;
}

/// Those that have been inserted though they were there once.
void IncomingBatch::take_out_pruned(const Places& places, const Result& pruned) {
  Array sources, ids;
  for (std::size_t row = 0; row < pruned.rows(); ++row) {
    const std::size_t place = places[static_cast<std::size_t>(pruned.number(row, 0) - 1)];
    if (m_results[place] == IntakeResult::CREATED) {
      m_results[place] = IntakeResult::DUPLICATE;
      sources.add(m_webhooks[place].source);
      ids.add(payment(place).transaction.transaction_id());
    }
  }
  if (!ids.is_empty()) {
    m_transaction.add(k_take_out, Parameters().add(sources).add(ids));
  }
}

/// Returns those that are, or were, there with other values.
IncomingBatch::Places IncomingBatch::compare(const Places& known) {
  if (known.empty()) {
    return {};
  }
  Values values;
  for (const std::size_t place : known) {
    values.add(m_webhooks[place], payment(place).transaction);
  }
  const Result compared = m_transaction.run(k_compare, values.parameters());
  if (compared.rows() != known.size()) {
    throw StoreUnavailable("a transaction was deleted while its webhook came again");
  }
  std::vector<bool> is_same(known.size());
  for (std::size_t row = 0; row < compared.rows(); ++row) {
    is_same[static_cast<std::size_t>(compared.number(row, 0) - 1)] = compared.yes(row, 1);
  }
  Places others;
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (!is_same[i]) {
      others.push_back(known[i]);
    }
  }
  return others;
}

void IncomingBatch::record_conflicts(const Places& conflicts) {
  if (conflicts.empty()) {
    return;
  }
  for (const std::size_t place : conflicts) {
    const IncomingWebhook& webhook = m_webhooks[place];
    const Transaction& transaction = payment(place).transaction;
    m_transaction.add(k_record_conflict, Parameters()
                                             .add(webhook.source)
                                             .add(transaction.transaction_id())
                                             .add(transaction.source_account())
                                             .add(transaction.destination_account())
                                             .add(transaction.amount().decimal())
                                             .add(transaction.currency())
                                             .add(webhook.received_at)
                                             .add_bytes(webhook.body)
                                             .add_bytes(webhook.headers)
                                             .add(webhook.remote_address)
                                             .add(k_conflicts_per_id));
  }
  const std::vector<Result> recorded = m_transaction.run();
  for (std::size_t i = 0; i < conflicts.size(); ++i) {
    const std::size_t place = conflicts[i];
    if (recorded[i].yes(0, 0)) {
      m_results[place] = IntakeResult::CONFLICT;
    } else if (m_webhooks[place].is_authentic) {
      m_quarantined.push_back({place, "a transaction_id came again with other values, too often"});
    } else {
      m_results[place] = IntakeResult::CONFLICT_NOT_KEPT;
    }
  }
}

void IncomingBatch::keep_events() {
  if (m_events.empty()) {
    return;
  }
  for (const auto& [place, type] : m_events) {
    m_transaction.add(k_keep_event, kept(m_webhooks[place], type, most_events(m_webhooks[place])));
  }
  const std::vector<Result> held = m_transaction.run();
  for (std::size_t i = 0; i < held.size(); ++i) {
    const IncomingWebhook& webhook = m_webhooks[m_events[i].place];
    m_results[m_events[i].place] = grown(held[i], webhook).exceeds(most_events(webhook))
                                       ? IntakeResult::NO_ROOM
                                       : IntakeResult::EVENT_KEPT;
  }
  forget_the_oldest();
}

void IncomingBatch::forget_the_oldest() {
  for (;;) {
    const Result size = m_transaction.run(k_events_size);
    if (!KeptAmount{size.number(0, 0), size.number(0, 1)}.exceeds(k_most_events)) {
      return;
    }
    log::report(log::Event::STORE_TROUBLE,
                "the oldest events are forgotten before their time: the table events is full");
    if (m_transaction.run(k_drop_oldest_event).changes() == 0) {
      return;  // others forget them just now
    }
  }
}

void IncomingBatch::quarantine() {
  if (m_quarantined.empty()) {
    return;
  }
  for (const auto& [place, why] : m_quarantined) {
    m_transaction.add(k_quarantine, kept(m_webhooks[place], why, k_most_quarantined));
  }
  const std::vector<Result> held = m_transaction.run();
  for (std::size_t i = 0; i < held.size(); ++i) {
    const std::size_t place = m_quarantined[i].place;
    const KeptAmount amount = grown(held[i], m_webhooks[place]);
    const bool was_kept = held[i].yes(0, 2);
    if (!was_kept) {
      warn_of_fullness(amount);
    }
    m_results[place] = !was_kept && amount.exceeds(k_most_quarantined) ? IntakeResult::NO_ROOM
                                                                       : IntakeResult::QUARANTINED;
  }
}

}  // namespace payhook::postgresql
