#include "tests/support/fake_store.h"

#include <algorithm>

namespace payhook::test {

class FakeStore::Intake final : public WebhookIntake {
 public:
  explicit Intake(FakeStore& store) : m_store(store) {}

  std::vector<IntakeResult> store(std::span<const IncomingWebhook> webhooks,
                                  Deadline deadline) override {
    std::unique_lock lock(m_store.m_mutex);
    m_store.m_patiences.push_back(deadline - std::chrono::steady_clock::now());
    auto& ids = m_store.m_batches.emplace_back();
    for (const IncomingWebhook& webhook : webhooks) {
      ids.push_back(webhook.transaction.transaction_id());
    }
    wait_for_release(lock);
    m_store.throw_fault();
    std::vector<IntakeResult> results;
    for (const IncomingWebhook& webhook : webhooks) {
      results.push_back(m_store.store_one(webhook));
    }
    return results;
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

  std::optional<StoredTransaction> find(std::string_view transaction_id) override {
    const std::lock_guard lock(m_store.m_mutex);
    m_store.throw_fault();
    const auto place = m_store.m_places.find(std::string(transaction_id));
    if (place == m_store.m_places.end()) {
      return std::nullopt;
    }
    return m_store.m_rows[place->second];
  }

 private:
  FakeStore& m_store;
};

class FakeStore::Queue final : public ProcessingQueue {
 public:
  explicit Queue(FakeStore& store) : m_store(store) {}

  std::size_t process_due(Timestamp created_until, Timestamp now, std::size_t limit,
                          Deadline /*deadline*/) override {
    const std::lock_guard lock(m_store.m_mutex);
    m_store.m_processing_calls.push_back({created_until, now, limit});
    m_store.throw_fault();
    auto due = processing();
    std::erase_if(due, [&](const auto* row) { return row->created_at > created_until; });
    due.resize(std::min(due.size(), limit));
    for (StoredTransaction* row : due) {
      row->status = "PROCESSED";
      row->processed_at = now;
    }
    return due.size();
  }

  std::optional<Timestamp> oldest_created_at() override {
    const std::lock_guard lock(m_store.m_mutex);
    m_store.throw_fault();
    const auto rows = processing();
    return rows.empty() ? std::nullopt : std::optional(rows.front()->created_at);
  }

  std::size_t count_due(Timestamp created_until, std::size_t at_most) override {
    const std::lock_guard lock(m_store.m_mutex);
    m_store.throw_fault();
    const auto rows = processing();
    const auto due = std::count_if(rows.begin(), rows.end(), [&](const auto* row) {
      return row->created_at <= created_until;
    });
    return std::min(static_cast<std::size_t>(due), at_most);
  }

 private:
  /// The rows still PROCESSING, oldest first.
  std::vector<StoredTransaction*> processing() {
    std::vector<StoredTransaction*> rows;
    for (StoredTransaction& row : m_store.m_rows) {
      if (row.status == "PROCESSING") {
        rows.push_back(&row);
      }
    }
    std::stable_sort(rows.begin(), rows.end(),
                     [](const auto* a, const auto* b) { return a->created_at < b->created_at; });
    return rows;
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

void FakeStore::add(const Transaction& transaction, Timestamp created_at) {
  const std::lock_guard lock(m_mutex);
  store_one({transaction, "", "", created_at});
}

std::vector<StoredTransaction> FakeStore::rows() const {
  const std::lock_guard lock(m_mutex);
  return m_rows;
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

std::unique_ptr<Upkeep> FakeStore::open_upkeep(Keeper /*keeper*/) {
  return std::make_unique<Keeping>(*this);
}

std::unique_ptr<StoreWatch> FakeStore::watch(
    std::function<void(const StoreBroken&)> /*on_broken*/) {
  return nullptr;
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
  if (webhook.transaction.transaction_id() == m_refused) {
    return IntakeResult::REFUSED;
  }
  const auto [place, is_new] =
      m_places.emplace(webhook.transaction.transaction_id(), m_rows.size());
  if (is_new) {
    m_rows.push_back({webhook.transaction, "PROCESSING", webhook.received_at, std::nullopt});
    return IntakeResult::CREATED;
  }
  if (m_rows[place->second].transaction == webhook.transaction) {
    return IntakeResult::DUPLICATE;
  }
  return record_conflict(webhook.transaction);
}

IntakeResult FakeStore::record_conflict(const Transaction& transaction) {
  const auto of_this_id = [&](const Transaction& other) {
    return other.transaction_id() == transaction.transaction_id();
  };
  if (std::find(m_conflicts.begin(), m_conflicts.end(), transaction) != m_conflicts.end()) {
    return IntakeResult::CONFLICT;
  }
  if (std::count_if(m_conflicts.begin(), m_conflicts.end(), of_this_id) >= k_conflicts_per_id) {
    return IntakeResult::CONFLICT_NOT_KEPT;
  }
  m_conflicts.push_back(transaction);
  return IntakeResult::CONFLICT;
}

Transaction transaction(const std::string& transaction_id) {
  return {transaction_id, "acc_user_001", "acc_merchant_001", Amount::parse("500", {"INR", 2}),
          "INR"};
}

}  // namespace payhook::test
