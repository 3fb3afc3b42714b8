#include "tests/support/fake_store.h"

#include <algorithm>

namespace payhook::test {

template <typename Act>
std::invoke_result_t<Act> FakeStore::act(const Act& what) {
  if (m_fault != Fault::OUTCOME_UNKNOWN) {
    throw_fault();
    return what();
  }
  auto result = what();
  throw_fault();
  return result;
}

class FakeStore::Intake final : public WebhookIntake {
 public:
  explicit Intake(FakeStore& store) : m_store(store) {}

  std::vector<IntakeResult> store(std::span<const IncomingWebhook> webhooks,
                                  Deadline deadline) override {
    std::unique_lock lock(m_store.m_mutex);
    m_store.m_patiences.push_back(deadline - std::chrono::steady_clock::now());
    auto& ids = m_store.m_batches.emplace_back();
    for (const IncomingWebhook& webhook : webhooks) {
      ids.push_back(name_of(webhook));
    }
    wait_for_release(lock);
    return m_store.act([&] {
      std::vector<IntakeResult> results;
      for (const IncomingWebhook& webhook : webhooks) {
        results.push_back(m_store.store_one(webhook));
      }
      return results;
    });
  }

  void prove_that_it_stores(Deadline /*deadline*/) override {
    const std::lock_guard lock(m_store.m_mutex);
    ++m_store.m_proofs;
    m_store.throw_fault();
  }

 private:
  void wait_for_release(std::unique_lock<std::mutex>& lock) {
    ++m_store.m_waiting;
    m_store.m_changed.notify_all();
    m_store.m_changed.wait(lock, [this] { return !m_store.m_blocked; });
    --m_store.m_waiting;
  }

  FakeStore& m_store;
};

class FakeStore::Reader final : public StatusReader {
 public:
  explicit Reader(FakeStore& store) : m_store(store) {}

  std::optional<StoredTransaction> find(std::string_view source,
                                        std::string_view transaction_id) override {
    const std::lock_guard lock(m_store.m_mutex);
    m_store.throw_fault();
    const auto place = m_store.m_places.find({std::string(source), std::string(transaction_id)});
    if (place == m_store.m_places.end()) {
      return std::nullopt;
    }
    return m_store.m_rows[place->second].stored;
  }

 private:
  FakeStore& m_store;
};

class FakeStore::Queue final : public ProcessingQueue {
 public:
  explicit Queue(FakeStore& store) : m_store(store) {}

  std::vector<ClaimedTransaction> claim(Timestamp now, Timestamp lease_end, std::size_t limit,
                                        Deadline /*deadline*/) override {
    const std::lock_guard lock(m_store.m_mutex);
    return m_store.act([&] {
      std::vector<ClaimedTransaction> claimed;
      for (Row* row : due(now, limit)) {
        row->due_at = lease_end;
        claimed.push_back({{row - m_store.m_rows.data(), ++row->attempts},
                           row->webhook.source,
                           row->stored.transaction,
                           row->webhook.body,
                           row->stored.created_at});
      }
      return claimed;
    });
  }

  std::size_t finish(std::span<const Outcome> outcomes, Timestamp now,
                     Deadline /*deadline*/) override {
    const std::lock_guard lock(m_store.m_mutex);
    return m_store.act([&] {
      std::size_t ended = 0;
      for (const Outcome& outcome : outcomes) {
        Row& row = m_store.m_rows.at(static_cast<std::size_t>(outcome.claim.transaction));
        if (row.stored.status == "PROCESSING" && row.attempts == outcome.claim.attempt) {
          end(row, outcome, now);
          ++ended;
        }
      }
      return ended;
    });
  }

  std::size_t process_due(Timestamp now, std::size_t limit, Deadline /*deadline*/) override {
    const std::lock_guard lock(m_store.m_mutex);
    m_store.m_processing_calls.push_back({now, limit});
    return m_store.act([&] {
      const auto rows = due(now, limit);
      for (Row* row : rows) {
        close(*row, "PROCESSED", now);
      }
      return rows.size();
    });
  }

  std::optional<Timestamp> next_due_at() override {
    const std::lock_guard lock(m_store.m_mutex);
    m_store.throw_fault();
    const auto rows = due(Timestamp::max(), 1);
    return rows.empty() ? std::nullopt : std::optional(rows.front()->due_at);
  }

  std::size_t count_due(Timestamp now, std::size_t at_most) override {
    const std::lock_guard lock(m_store.m_mutex);
    m_store.throw_fault();
    return due(now, at_most).size();
  }

 private:
  static void close(Row& row, const char* status, Timestamp now) {
    row.stored.status = status;
    row.stored.processed_at = now;
  }

  static void end(Row& row, const Outcome& outcome, Timestamp now) {
    if (const auto* again = std::get_if<TryAgain>(&outcome.what)) {
      row.due_at = again->at;
    } else {
      close(row, std::holds_alternative<Completed>(outcome.what) ? "PROCESSED" : "FAILED", now);
    }
  }

  /// The rows that are due, the earliest first.
  std::vector<Row*> due(Timestamp now, std::size_t limit) {
    std::vector<Row*> rows;
    for (Row& row : m_store.m_rows) {
      if (row.stored.status == "PROCESSING" && row.due_at <= now) {
        rows.push_back(&row);
      }
    }
    std::stable_sort(rows.begin(), rows.end(),
                     [](const auto* a, const auto* b) { return a->due_at < b->due_at; });
    rows.resize(std::min(rows.size(), limit));
    return rows;
  }

  FakeStore& m_store;
};

class FakeStore::Kept final : public KeptWebhooks {
 public:
  explicit Kept(FakeStore& store) : m_store(store) {}

  std::vector<KeptWebhook> list(KeptIn where, std::int64_t after, std::size_t limit) override {
    const std::lock_guard lock(m_store.m_mutex);
    m_store.throw_fault();
    std::vector<KeptWebhook> rows = all(where);
    std::erase_if(rows, [after](const KeptWebhook& row) { return row.id <= after; });
    rows.resize(std::min(rows.size(), limit));
    return rows;
  }

  std::optional<KeptWebhook> find(KeptIn where, std::int64_t id) override {
    const auto rows = list(where, id - 1, 1);
    return rows.empty() || rows.front().id != id ? std::nullopt : std::optional(rows.front());
  }

  std::vector<IntakeResult> store_again(KeptIn where, std::int64_t id,
                                        std::span<const IncomingWebhook> webhooks,
                                        Deadline /*deadline*/) override {
    if (!find(where, id)) {
      return {};
    }
    const std::lock_guard lock(m_store.m_mutex);
    std::vector<IntakeResult> results;
    bool has_left = true;
    for (const IncomingWebhook& webhook : webhooks) {
      results.push_back(m_store.store_one(webhook));
      const IntakeResult staying[] = {IntakeResult::QUARANTINED, IntakeResult::CONFLICT,
                                      IntakeResult::EVENT_KEPT};
      has_left = has_left && results.back() != staying[static_cast<std::size_t>(where)] &&
                 results.back() != IntakeResult::REFUSED &&
                 results.back() != IntakeResult::CONFLICT_NOT_KEPT;
    }
    if (has_left) {
      erase(where, [id](const KeptWebhook& row) { return row.id == id; });
    }
    return results;
  }

  bool drop(KeptIn where, std::int64_t id, Deadline /*deadline*/) override {
    const std::lock_guard lock(m_store.m_mutex);
    m_store.throw_fault();
    return erase(where, [id](const KeptWebhook& row) { return row.id == id; }) > 0;
  }

  std::size_t drop_older(KeptIn where, Timestamp before, std::size_t limit,
                         Deadline /*deadline*/) override {
    const std::lock_guard lock(m_store.m_mutex);
    m_store.throw_fault();
    return erase(where, [&](const KeptWebhook& row) {
      return limit > 0 && limit-- > 0 && row.received_at < before;
    });
  }

 private:
  std::vector<KeptWebhook> all(KeptIn where) {
    if (where != KeptIn::CONFLICTS) {
      return m_store.m_kept[where];
    }
    std::vector<KeptWebhook> rows;
    for (const Conflict& conflict : m_store.m_conflicts) {
      rows.push_back(conflict.webhook);
    }
    return rows;
  }

  template <typename Which>
  std::size_t erase(KeptIn where, const Which& which) {
    if (where != KeptIn::CONFLICTS) {
      return std::erase_if(m_store.m_kept[where], which);
    }
    return std::erase_if(m_store.m_conflicts,
                         [&](const Conflict& conflict) { return which(conflict.webhook); });
  }

  FakeStore& m_store;
};

class FakeStore::Keeping final : public Upkeep {
 public:
  explicit Keeping(FakeStore& store) : m_store(store) {}

  bool step(Deadline /*deadline*/) override {
    m_store.m_before_upkeep();
    const std::lock_guard lock(m_store.m_mutex);
    ++m_store.m_upkeep_steps;
    raise(m_store.m_upkeep_fault);
    m_store.throw_fault();
    return m_store.m_upkeep_steps_left > 0 && --m_store.m_upkeep_steps_left >= 0;
  }

 private:
  FakeStore& m_store;
};

void FakeStore::fail(Fault fault) { fail_times(fault, -1); }

void FakeStore::fail_times(Fault fault, int times) {
  const std::lock_guard lock(m_mutex);
  m_fault = fault;
  m_faults_left = times;
}

void FakeStore::fail_upkeep(Fault fault) {
  const std::lock_guard lock(m_mutex);
  m_upkeep_fault = fault;
}

void FakeStore::refuse(const std::string& transaction_id) {
  const std::lock_guard lock(m_mutex);
  m_refused = transaction_id;
}

void FakeStore::before_upkeep(std::function<void()> call) { m_before_upkeep = std::move(call); }

void FakeStore::block() {
  const std::lock_guard lock(m_mutex);
  m_blocked = true;
}

void FakeStore::release() {
  const std::lock_guard lock(m_mutex);
  m_blocked = false;
  m_changed.notify_all();
}

void FakeStore::wait_until_blocked() {
  std::unique_lock lock(m_mutex);
  m_changed.wait(lock, [this] { return m_blocked && m_waiting > 0; });
}

void FakeStore::add(const Transaction& transaction, Timestamp created_at, Timestamp due_at) {
  const std::lock_guard lock(m_mutex);
  store_one({"default", StatedPayment{transaction, due_at}, "", "", created_at});
}

std::vector<StoredTransaction> FakeStore::rows() const {
  const std::lock_guard lock(m_mutex);
  std::vector<StoredTransaction> rows;
  for (const Row& row : m_rows) {
    rows.push_back(row.stored);
  }
  return rows;
}

std::size_t FakeStore::conflicts() const {
  const std::lock_guard lock(m_mutex);
  return m_conflicts.size();
}

std::vector<std::vector<std::string>> FakeStore::batches() const {
  const std::lock_guard lock(m_mutex);
  return m_batches;
}

std::vector<std::chrono::steady_clock::duration> FakeStore::patiences() const {
  const std::lock_guard lock(m_mutex);
  return m_patiences;
}

std::vector<FakeStore::ProcessingCall> FakeStore::processing_calls() const {
  const std::lock_guard lock(m_mutex);
  return m_processing_calls;
}

void FakeStore::need_upkeep(int steps) {
  const std::lock_guard lock(m_mutex);
  m_upkeep_steps_left = steps;
}

int FakeStore::upkeep_steps_left() const {
  const std::lock_guard lock(m_mutex);
  return m_upkeep_steps_left;
}

int FakeStore::proofs() const {
  const std::lock_guard lock(m_mutex);
  return m_proofs;
}

int FakeStore::upkeep_steps() const {
  const std::lock_guard lock(m_mutex);
  return m_upkeep_steps;
}

std::unique_ptr<WebhookIntake> FakeStore::open_intake() {
  check_open();
  return std::make_unique<Intake>(*this);
}

std::unique_ptr<StatusReader> FakeStore::open_status_reader() {
  check_open();
  return std::make_unique<Reader>(*this);
}

std::unique_ptr<ProcessingQueue> FakeStore::open_processing_queue() {
  check_open();
  return std::make_unique<Queue>(*this);
}

std::unique_ptr<KeptWebhooks> FakeStore::open_kept_webhooks() {
  check_open();
  return std::make_unique<Kept>(*this);
}

std::unique_ptr<Upkeep> FakeStore::open_upkeep(Keeper /*keeper*/) {
  return std::make_unique<Keeping>(*this);
}

void FakeStore::throw_fault() {
  if (m_faults_left == 0) {
    return;
  }
  m_faults_left -= m_faults_left > 0 ? 1 : 0;
  raise(m_fault);
}

void FakeStore::raise(Fault fault) {
  switch (fault) {
    case Fault::UNAVAILABLE:
      throw StoreUnavailable("the disk is full");
    case Fault::TIMEOUT:
      throw StoreTimeout("the turn to write did not come");
    case Fault::BROKEN:
      throw StoreBroken(k_broken_exit_status, "the disk does not sync");
    case Fault::DAMAGED:
      throw StoreDamaged(k_broken_exit_status, "a page is damaged");
    case Fault::OUTCOME_UNKNOWN:
      throw StoreOutcomeUnknown("the connection was lost");
    case Fault::NONE:
    case Fault::CANNOT_OPEN:
      break;
  }
}

void FakeStore::check_open() {
  const std::lock_guard lock(m_mutex);
  if (m_fault == Fault::CANNOT_OPEN) {
    throw ProgramError(k_broken_exit_status, "the database cannot be opened");
  }
}

IntakeResult FakeStore::store_one(const IncomingWebhook& webhook) {
  if (const auto* payment = std::get_if<StatedPayment>(&webhook.content)) {
    return store_payment(webhook, *payment);
  }
  if (const auto* event = std::get_if<NoPayment>(&webhook.content)) {
    return keep(KeptIn::EVENTS, webhook, event->type, IntakeResult::EVENT_KEPT);
  }
  return keep(KeptIn::QUARANTINE, webhook, std::get<Unreadable>(webhook.content).reason,
              IntakeResult::QUARANTINED);
}

/// Once, however often it comes.
IntakeResult FakeStore::keep(KeptIn where, const IncomingWebhook& webhook, const std::string& why,
                             IntakeResult result) {
  auto& kept = m_kept[where];
  if (std::none_of(kept.begin(), kept.end(), [&webhook](const KeptWebhook& other) {
        return other.source == webhook.source && other.body == webhook.body;
      })) {
    kept.push_back({++m_kept_id, webhook.source, why, webhook.body, webhook.headers,
                    webhook.remote_address, webhook.received_at});
  }
  return result;
}

IntakeResult FakeStore::store_payment(const IncomingWebhook& webhook,
                                      const StatedPayment& payment) {
  const Transaction& transaction = payment.transaction;
  if (transaction.transaction_id() == m_refused) {
    return IntakeResult::REFUSED;
  }
  const auto [place, is_new] =
      m_places.emplace(std::pair(webhook.source, transaction.transaction_id()), m_rows.size());
  if (is_new) {
    m_rows.push_back(
        {webhook, {transaction, "PROCESSING", webhook.received_at, std::nullopt}, payment.due_at});
    return IntakeResult::CREATED;
  }
  if (m_rows[place->second].stored.transaction == transaction) {
    return IntakeResult::DUPLICATE;
  }
  return record_conflict(webhook, transaction);
}

IntakeResult FakeStore::record_conflict(const IncomingWebhook& webhook,
                                        const Transaction& transaction) {
  std::ptrdiff_t of_this_id = 0;
  for (const Conflict& other : m_conflicts) {
    if (other.webhook.source == webhook.source &&
        other.transaction.transaction_id() == transaction.transaction_id()) {
      if (other.transaction == transaction) {
        return IntakeResult::CONFLICT;
      }
      ++of_this_id;
    }
  }
  if (of_this_id < k_conflicts_per_id) {
    m_conflicts.push_back(
        {transaction,
         {++m_kept_id, webhook.source, "other values than those of " + transaction.transaction_id(),
          webhook.body, webhook.headers, webhook.remote_address, webhook.received_at}});
    return IntakeResult::CONFLICT;
  }
  return webhook.is_authentic
             ? keep(KeptIn::QUARANTINE, webhook, "too often", IntakeResult::QUARANTINED)
             : IntakeResult::CONFLICT_NOT_KEPT;
}

std::string name_of(const IncomingWebhook& webhook) {
  const auto* payment = std::get_if<StatedPayment>(&webhook.content);
  return payment != nullptr ? payment->transaction.transaction_id() : webhook.body;
}

Transaction transaction(const std::string& transaction_id) {
  return {transaction_id, "acc_user_001", "acc_merchant_001", Amount::parse("500", {"INR", 2}),
          "INR"};
}

}  // namespace payhook::test
