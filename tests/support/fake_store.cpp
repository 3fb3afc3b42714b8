#include "tests/support/fake_store.h"

#include <algorithm>
#include <iterator>

namespace payhook::test {

namespace {

constexpr auto k_pruned = "PRUNED";

}  // namespace

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
  explicit Intake(FakeStore& store) : m_store(store) {
    const std::lock_guard lock(m_store.m_mutex);
    ++m_store.m_intakes;
  }
  ~Intake() override {
    const std::lock_guard lock(m_store.m_mutex);
    --m_store.m_intakes;
  }
  Intake(const Intake&) = delete;
  Intake& operator=(const Intake&) = delete;

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
        if (results.back() != IntakeResult::REFUSED) {
          m_store.count(counted::name_of(results.back()), webhook.source, webhook.received_at);
        }
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
  explicit Queue(FakeStore& store) : m_store(store) {
    const std::lock_guard lock(m_store.m_mutex);
    ++m_store.m_queues;
  }
  ~Queue() override {
    const std::lock_guard lock(m_store.m_mutex);
    --m_store.m_queues;
    if (m_store.m_claimer == this) {
      m_store.m_claimer = nullptr;
    }
  }
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;

  void let_others_write(Deadline /*deadline*/) override {}

  QueueState state() override {
    const std::lock_guard lock(m_store.m_mutex);
    ++m_store.m_looks;
    m_store.throw_fault();
    std::map<std::string, Timestamp> next;
    for (const Row* row : due({}, Timestamp::max(), m_store.m_rows.size())) {
      next.emplace(row->webhook.source, row->due_at);
    }
    QueueState state{m_store.m_paused, {}};
    for (const auto& [source, due_at] : next) {
      state.sources.push_back({source, due_at});
    }
    return state;
  }

  std::size_t process_due(std::span<const std::string> sources, Timestamp now, std::size_t limit,
                          Deadline /*deadline*/) override {
    const std::lock_guard lock(m_store.m_mutex);
    m_store.m_processing_calls.push_back({now, limit});
    return m_store.act([&] {
      std::size_t processed = 0;
      for (const std::string& source :
           m_store.m_paused ? std::span<const std::string>() : sources) {
        m_store.dissolve_order(source, now);
        for (Row* row : due(source, now, limit - processed)) {
          m_store.m_lag.add(now - row->due_at);
          m_store.close(*row, "PROCESSED", now, std::nullopt);
          m_store.count(counted::k_processed, source, now);
          ++processed;
        }
      }
      return processed;
    });
  }

  std::optional<std::vector<AbandonedClaim>> take_over(Timestamp now,
                                                       Deadline /*deadline*/) override {
    const std::lock_guard lock(m_store.m_mutex);
    m_store.throw_fault();
    if (m_store.m_claimer != nullptr && m_store.m_claimer != this) {
      return std::nullopt;
    }
    m_store.m_claimer = this;
    std::vector<AbandonedClaim> abandoned;
    for (Row& row : m_store.m_rows) {
      if (row.due_at == Timestamp::max() && !m_store.has_to_wait(row)) {
        row.due_at = now;
      }
      if (is_running(row) && row.stored.status == "PROCESSING") {
        abandoned.push_back(
            {claim_of(row), row.stored.attempts - row.forgiven, row.webhook.source});
      } else if (is_running(row)) {
        end(row, {claim_of(row), Interrupted{now, "payhookd ended while it ran"}, ""}, now);
      }
    }
    return abandoned;
  }

  std::vector<ClaimedTransaction> finish_and_claim(const ClaimChanges& changes, Timestamp now,
                                                   Deadline /*deadline*/) override {
    const std::lock_guard lock(m_store.m_mutex);
    return m_store.act([&] {
      for (const Outcome& outcome : changes.ended) {
        end(m_store.m_rows.at(static_cast<std::size_t>(outcome.claim.transaction)), outcome, now);
      }
      for (const Renewal& renewal : changes.renewed) {
        Row& row = m_store.m_rows.at(static_cast<std::size_t>(renewal.claim.transaction));
        if (is_still(row, renewal.claim)) {
          row.due_at = renewal.lease_end;
        }
      }
      std::vector<ClaimedTransaction> claimed;
      for (const ClaimRequest& request :
           m_store.m_paused ? std::span<const ClaimRequest>() : changes.wanted) {
        claim(request, now, claimed);
      }
      return claimed;
    });
  }

  std::size_t count_due(Timestamp now, std::size_t at_most) override {
    const std::lock_guard lock(m_store.m_mutex);
    m_store.throw_fault();
    return due({}, now, at_most).size();
  }

 private:
  Claim claim_of(const Row& row) const {
    return {&row - m_store.m_rows.data(), row.stored.attempts};
  }

  static bool is_running(const Row& row) { return FakeStore::is_running(row); }

  static bool is_still(const Row& row, const Claim& claim) {
    return row.stored.status == "PROCESSING" && row.stored.attempts == claim.attempt;
  }

  void end(Row& row, const Outcome& outcome, Timestamp now) {
    std::string reason;
    const char* name = "PROCESSED";
    std::string_view what = counted::k_processed;
    const bool still = is_still(row, outcome.claim);
    if (const auto* again = std::get_if<TryAgain>(&outcome.what)) {
      name = "RETRY";
      what = counted::k_retried;
      reason = again->why;
      if (still) {
        row.due_at = again->at;
        row.stored.last_error = reason;
      }
    } else if (const auto* interrupted = std::get_if<Interrupted>(&outcome.what)) {
      name = "INTERRUPTED";
      what = counted::k_interrupted;
      reason = interrupted->why;
      if (still) {
        row.due_at = interrupted->at;
        ++row.forgiven;
        row.stored.last_error = reason;
      }
    } else if (const auto* given_up = std::get_if<GiveUp>(&outcome.what)) {
      name = "FAILED";
      what = counted::k_failed;
      reason = given_up->why;
      if (still) {
        m_store.close(row, "FAILED", now, reason);
      }
    } else if (still) {
      m_store.close(row, "PROCESSED", now, std::nullopt);
    }
    if (still) {
      m_store.count(what, row.webhook.source, now);
    } else {
      m_store.free_next(row, now);
    }
    auto& attempt = row.attempts.at(static_cast<std::size_t>(outcome.claim.attempt - 1));
    if (!attempt.ended_at) {
      attempt = {attempt.number, attempt.started_at, now, name, reason, outcome.output};
    }
  }

  void claim(const ClaimRequest& request, Timestamp now, std::vector<ClaimedTransaction>& claimed) {
    const bool in_order = request.order == ClaimOrder::BY_ACCOUNT;
    if (!in_order) {
      m_store.dissolve_order(request.source, now);
    }
    std::size_t left = request.limit;
    for (Row* row : due(request.source, now, left == 0 ? 0 : m_store.m_rows.size())) {
      if (in_order && m_store.has_to_wait(*row)) {
        row->due_at = Timestamp::max();
      } else if (left > 0) {
        --left;
        m_store.m_lag.add(now - row->due_at);
        row->due_at = request.lease_end;
        if (is_running(*row)) {
          Attempt& unknown = row->attempts.back();
          unknown = {unknown.number, unknown.started_at, now, "INTERRUPTED", "it never began", ""};
          ++row->forgiven;
        }
        ++row->stored.attempts;
        row->attempts.push_back({row->stored.attempts, now, std::nullopt, "", "", ""});
        claimed.push_back({claim_of(*row), row->stored.attempts - row->forgiven,
                           row->webhook.source, row->stored.transaction, row->webhook.body,
                           row->webhook.headers, row->stored.created_at});
      }
    }
  }

  /// The rows that are due, of one source or of all, the earliest first.
  std::vector<Row*> due(const std::optional<std::string>& source, Timestamp now,
                        std::size_t limit) {
    std::vector<Row*> rows;
    for (Row& row : m_store.m_rows) {
      if (row.stored.status == "PROCESSING" && row.due_at <= now &&
          (!source || row.webhook.source == *source)) {
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

class FakeStore::OperatorSession final : public Operations {
 public:
  explicit OperatorSession(FakeStore& store) : m_store(store) {}

  ActResult requeue(std::string_view source, std::string_view transaction_id, const Act& act,
                    Deadline /*deadline*/) override {
    return put_back("FAILED", source, transaction_id, act);
  }

  ActResult replay(std::string_view source, std::string_view transaction_id, const Act& act,
                   Deadline /*deadline*/) override {
    return put_back("PROCESSED", source, transaction_id, act);
  }

  std::size_t requeue_failed(const FailedFilter& filter, std::size_t limit, const Act& act,
                             Deadline /*deadline*/) override {
    const std::lock_guard lock(m_store.m_mutex);
    m_store.throw_fault();
    std::vector<Row*> rows;
    for (Row& row : m_store.m_rows) {
      const auto at = row.stored.processed_at;
      if (row.stored.status == "FAILED" && !is_running(row) && at < act.at &&
          (!filter.since || at >= filter.since) && (!filter.before || at < filter.before) &&
          (!filter.source || row.webhook.source == *filter.source)) {
        rows.push_back(&row);
      }
    }
    std::stable_sort(rows.begin(), rows.end(), [](const auto* a, const auto* b) {
      return a->stored.processed_at < b->stored.processed_at;
    });
    rows.resize(std::min(rows.size(), limit));
    for (Row* row : rows) {
      put_back(*row, act);
    }
    return rows.size();
  }

  ActResult cancel(std::string_view source, std::string_view transaction_id, const Act& act,
                   Deadline /*deadline*/) override {
    const std::lock_guard lock(m_store.m_mutex);
    Row* const row = find(source, transaction_id);
    if (row == nullptr) {
      return ActResult::NOT_FOUND;
    }
    if (row->stored.status != "PROCESSING") {
      return ActResult::WRONG_STATUS;
    }
    m_store.close(*row, "FAILED", act.at, error_of_cancelled(act.why));
    return ActResult::DONE;
  }

  bool pause(const Act& /*act*/, Deadline /*deadline*/) override { return set_paused(true); }
  bool resume(const Act& /*act*/, Deadline /*deadline*/) override { return set_paused(false); }

  void record(WholeStoreAct what, const Act& act, Deadline /*deadline*/) override {
    const std::lock_guard lock(m_store.m_mutex);
    m_store.throw_fault();
    m_store.m_recorded[what] = act;
  }

 private:
  Row* find(std::string_view source, std::string_view transaction_id) {
    m_store.throw_fault();
    const auto place = m_store.m_places.find({std::string(source), std::string(transaction_id)});
    return place == m_store.m_places.end() ? nullptr : &m_store.m_rows[place->second];
  }

  bool set_paused(bool paused) {
    const std::lock_guard lock(m_store.m_mutex);
    m_store.throw_fault();
    return std::exchange(m_store.m_paused, paused) != paused;
  }

  ActResult put_back(const char* status, std::string_view source, std::string_view transaction_id,
                     const Act& act) {
    const std::lock_guard lock(m_store.m_mutex);
    Row* const row = find(source, transaction_id);
    if (row == nullptr) {
      return ActResult::NOT_FOUND;
    }
    if (is_running(*row)) {
      return ActResult::RUNNING;
    }
    if (row->stored.status != status) {
      return ActResult::WRONG_STATUS;
    }
    put_back(*row, act);
    return ActResult::DONE;
  }

  static void put_back(Row& row, const Act& act) {
    row.stored.status = "PROCESSING";
    row.stored.processed_at.reset();
    row.due_at = act.at;
    row.forgiven = row.stored.attempts;
  }

  FakeStore& m_store;
};

class FakeStore::Browser final : public TransactionBrowser {
 public:
  explicit Browser(FakeStore& store) : m_store(store) {}

  BrowsePage list(const BrowseFilter& filter, std::optional<std::int64_t> before,
                  std::size_t limit) override {
    const std::lock_guard lock(m_store.m_mutex);
    m_store.throw_fault();
    BrowsePage page;
    const auto count = static_cast<std::int64_t>(m_store.m_rows.size());
    for (std::int64_t number = std::min(before.value_or(count), count) - 1; number >= 0; --number) {
      if (page.transactions.size() == limit) {
        page.next = number + 1;
        break;
      }
      BrowsedTransaction row = m_store.browsed(number);
      if (!is_pruned(m_store.m_rows[static_cast<std::size_t>(number)]) && fits(filter, row)) {
        page.transactions.push_back(std::move(row));
      }
    }
    return page;
  }

  BrowsePage list_newer(const BrowseFilter& filter, std::int64_t after,
                        std::size_t limit) override {
    const std::lock_guard lock(m_store.m_mutex);
    m_store.throw_fault();
    BrowsePage page{{}, after};
    const auto count = static_cast<std::int64_t>(m_store.m_rows.size());
    for (std::int64_t number = after + 1; number < count && page.transactions.size() < limit;
         ++number) {
      page.next = number;
      BrowsedTransaction row = m_store.browsed(number);
      if (!is_pruned(m_store.m_rows[static_cast<std::size_t>(number)]) && fits(filter, row)) {
        page.transactions.push_back(std::move(row));
      }
    }
    return page;
  }

  std::optional<BrowsedTransaction> find(std::string_view source,
                                         std::string_view transaction_id) override {
    const std::lock_guard lock(m_store.m_mutex);
    m_store.throw_fault();
    const auto place = m_store.m_places.find({std::string(source), std::string(transaction_id)});
    return place == m_store.m_places.end()
               ? std::nullopt
               : std::optional(m_store.browsed(static_cast<std::int64_t>(place->second)));
  }

  bool was_pruned(std::string_view source, std::string_view transaction_id) override {
    const std::lock_guard lock(m_store.m_mutex);
    m_store.throw_fault();
    return m_store.m_pruned.contains({std::string(source), std::string(transaction_id)});
  }

  StoredWebhook webhook(std::int64_t number) override {
    const std::lock_guard lock(m_store.m_mutex);
    const IncomingWebhook& webhook = m_store.m_rows.at(static_cast<std::size_t>(number)).webhook;
    return {webhook.body, webhook.headers};
  }

  std::vector<Attempt> attempts(std::int64_t number, std::optional<std::int64_t> before,
                                std::size_t limit) override {
    const std::lock_guard lock(m_store.m_mutex);
    m_store.throw_fault();
    std::vector<Attempt> attempts = m_store.m_rows.at(static_cast<std::size_t>(number)).attempts;
    std::erase_if(attempts,
                  [before](const Attempt& attempt) { return before && attempt.number >= *before; });
    std::reverse(attempts.begin(), attempts.end());
    attempts.resize(std::min(attempts.size(), limit));
    return attempts;
  }

 private:
  static bool fits(const BrowseFilter& filter, const BrowsedTransaction& row) {
    const Transaction& transaction = row.stored.transaction;
    return row.source == filter.source.value_or(row.source) &&
           row.stored.status == filter.status.value_or(row.stored.status) &&
           transaction.currency() == filter.currency.value_or(transaction.currency()) &&
           transaction.amount().minor() >= filter.min_minor.value_or(0) &&
           transaction.amount().minor() <=
               filter.max_minor.value_or(transaction.amount().minor()) &&
           (!filter.account || transaction.source_account() == *filter.account ||
            transaction.destination_account() == *filter.account) &&
           (!filter.since || row.stored.created_at >= *filter.since) &&
           (!filter.before || row.stored.created_at < *filter.before);
  }

  FakeStore& m_store;
};

class FakeStore::Importer final : public TransactionImporter {
 public:
  explicit Importer(FakeStore& store) : m_store(store) {}

  std::vector<IntakeResult> add(std::string_view source,
                                std::span<const PastTransaction> transactions, const Act& /*act*/,
                                Deadline /*deadline*/) override {
    const std::lock_guard lock(m_store.m_mutex);
    return m_store.act([&] {
      std::vector<IntakeResult> results;
      for (const PastTransaction& past : transactions) {
        const StatedPayment payment{past.transaction, past.due_at,
                                    past.keeps_order && !past.processed_at};
        results.push_back(
            m_store.store_one({std::string(source), payment, "", "", past.created_at}));
        if (results.back() == IntakeResult::CREATED && past.processed_at) {
          m_store.m_rows.back().stored.status = "PROCESSED";
          m_store.m_rows.back().stored.processed_at = past.processed_at;
        }
      }
      return results;
    });
  }

 private:
  FakeStore& m_store;
};

class FakeStore::Kept final : public KeptWebhooks {
 public:
  explicit Kept(FakeStore& store) : m_store(store) {}

  KeptPage list(KeptIn where, const KeptFilter& filter, std::optional<std::int64_t> before,
                std::size_t limit) override {
    const std::lock_guard lock(m_store.m_mutex);
    m_store.throw_fault();
    const std::vector<KeptWebhook> rows = all(where);
    KeptPage page;
    for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
      if (row->head.id >= before.value_or(row->head.id + 1)) {
        continue;
      }
      if (page.heads.size() == limit) {
        page.next = std::prev(row)->head.id;
        break;
      }
      if (row->head.source == filter.source.value_or(row->head.source) &&
          row->head.received_at >= filter.since.value_or(row->head.received_at)) {
        page.heads.push_back(row->head);
      }
    }
    return page;
  }

  std::optional<KeptWebhook> find(KeptIn where, std::int64_t id) override {
    const std::lock_guard lock(m_store.m_mutex);
    m_store.throw_fault();
    for (const KeptWebhook& row : all(where)) {
      if (row.head.id == id) {
        return row;
      }
    }
    return std::nullopt;
  }

  std::vector<IntakeResult> store_again(KeptIn where, std::int64_t id,
                                        std::span<const IncomingWebhook> webhooks,
                                        const Act& /*act*/, Deadline /*deadline*/) override {
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
      erase(where, [id](const KeptWebhook& row) { return row.head.id == id; });
    }
    return results;
  }

  bool drop(KeptIn where, std::int64_t id, const Act& /*act*/, Deadline /*deadline*/) override {
    const std::lock_guard lock(m_store.m_mutex);
    m_store.throw_fault();
    return erase(where, [id](const KeptWebhook& row) { return row.head.id == id; }) > 0;
  }

  std::size_t drop_older(KeptIn where, Timestamp before, std::size_t limit,
                         Deadline /*deadline*/) override {
    const std::lock_guard lock(m_store.m_mutex);
    m_store.throw_fault();
    return erase(where, [&](const KeptWebhook& row) {
      return limit > 0 && limit-- > 0 && row.head.received_at < before;
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

class FakeStore::RetentionSession final : public Retention {
 public:
  explicit RetentionSession(FakeStore& store) : m_store(store) {}

  bool empty_webhooks(Timestamp before, Timestamp /*now*/, Deadline /*deadline*/) override {
    const std::lock_guard lock(m_store.m_mutex);
    m_store.throw_fault();
    std::size_t emptied = 0;
    for (Row& row : m_store.m_rows) {
      IncomingWebhook& webhook = row.webhook;
      if (emptied < k_rows_at_once && row.stored.status == "PROCESSED" &&
          row.stored.created_at < before && !(webhook.body.empty() && webhook.headers.empty())) {
        webhook.body.clear();
        webhook.headers.clear();
        ++emptied;
      }
    }
    return emptied == k_rows_at_once;
  }

  FinishedPage finished(const FinishedFilter& filter, std::optional<std::int64_t> after) override {
    const std::lock_guard lock(m_store.m_mutex);
    m_store.throw_fault();
    FinishedPage page;
    const auto count = static_cast<std::int64_t>(m_store.m_rows.size());
    for (std::int64_t number = after.value_or(-1) + 1; number < count; ++number) {
      const Row& row = m_store.m_rows[static_cast<std::size_t>(number)];
      if (row.stored.status == filter.status && row.stored.created_at < filter.before &&
          !is_running(row)) {
        page.transactions.push_back(
            {m_store.browsed(number), {row.webhook.body, row.webhook.headers}, row.attempts});
      }
      if (page.transactions.size() == k_rows_at_once) {
        page.next = number;
        break;
      }
    }
    return page;
  }

  PruneResult prune(std::span<const FinishedState> transactions, const Act* act,
                    Deadline /*deadline*/) override {
    const std::lock_guard lock(m_store.m_mutex);
    return m_store.act([&] {
      PruneResult result{std::min(transactions.size(), k_rows_at_once), 0};
      for (const FinishedState& one : transactions.first(result.seen_to)) {
        result.pruned += prune_one(one) ? 1 : 0;
      }
      if (act != nullptr && result.pruned > 0) {
        m_store.m_prunes.push_back(*act);
      }
      return result;
    });
  }

 private:
  static constexpr std::size_t k_rows_at_once = 256;

  bool prune_one(const FinishedState& one) {
    Row& row = m_store.m_rows.at(static_cast<std::size_t>(one.number));
    if (row.stored.status != one.status || row.stored.processed_at != one.processed_at ||
        is_running(row)) {
      return false;
    }
    const Id id{row.webhook.source, row.stored.transaction.transaction_id()};
    m_store.m_places.erase(id);
    m_store.m_pruned.emplace(id, row.stored.transaction);
    row.stored.status = k_pruned;
    row.attempts.clear();
    return true;
  }

  FakeStore& m_store;
};

class FakeStore::Counters final : public Statistics {
 public:
  explicit Counters(FakeStore& store) : m_store(store) {}

  std::vector<OutcomeTotal> totals() override {
    const std::lock_guard lock(m_store.m_mutex);
    m_store.throw_fault();
    std::vector<OutcomeTotal> totals;
    for (const auto& [key, total] : m_store.m_totals) {
      totals.push_back(total);
    }
    return totals;
  }

  std::vector<OutcomeCount> counts(Timestamp since, Timestamp before) override {
    const std::lock_guard lock(m_store.m_mutex);
    m_store.throw_fault();
    std::map<std::pair<std::string, std::string>, std::int64_t> sums;
    for (const Counted& one : m_store.m_counted) {
      const auto minute = std::chrono::floor<std::chrono::minutes>(one.at);
      if (minute >= std::chrono::floor<std::chrono::minutes>(since) &&
          minute < std::chrono::floor<std::chrono::minutes>(before)) {
        ++sums[{one.source, one.outcome}];
      }
    }
    std::vector<OutcomeCount> counts;
    for (const auto& [key, sum] : sums) {
      counts.push_back({key.first, key.second, sum});
    }
    return counts;
  }

  ProcessingLag processing_lag() override {
    const std::lock_guard lock(m_store.m_mutex);
    m_store.throw_fault();
    return m_store.m_lag;
  }

  StoreState state(Timestamp now) override {
    const std::lock_guard lock(m_store.m_mutex);
    m_store.throw_fault();
    StoreState state;
    state.is_open_to_receive = m_store.m_intakes > 0;
    state.is_being_processed = m_store.m_queues > 0;
    state.is_paused = m_store.m_paused;
    state.disk_bytes_left = m_store.m_disk_bytes_left;
    for (const Row& row : m_store.m_rows) {
      state.failed += row.stored.status == "FAILED" ? 1 : 0;
      add_to_queue(row, now, state);
      state.newest_created_at = row.stored.created_at;
    }
    if (const auto backup = m_store.m_recorded.find(WholeStoreAct::BACKUP);
        backup != m_store.m_recorded.end()) {
      state.last_backup_at = backup->second.at;
    }
    state.conflicts = m_store.m_conflicts.size();
    for (const KeptWebhook& kept : m_store.m_kept[KeptIn::QUARANTINE]) {
      ++state.quarantine.webhooks;
      state.quarantine.bytes += static_cast<std::int64_t>(kept.body.size() + kept.headers.size());
    }
    return state;
  }

  StoreVitals vitals() override {
    const std::lock_guard lock(m_store.m_mutex);
    m_store.throw_fault();
    return {m_store.m_queues > 0, m_store.m_disk_bytes_left};
  }

  EngineReport engine() override { return {"memory", {}}; }

  bool tidy(Timestamp now, Deadline /*deadline*/) override {
    const std::lock_guard lock(m_store.m_mutex);
    m_store.throw_fault();
    std::erase_if(m_store.m_counted, [now](const Counted& one) { return one.at < now - k_kept; });
    return false;
  }

 private:
  static void add_to_queue(const Row& row, Timestamp now, StoreState& state) {
    const bool is_processing = row.stored.status == "PROCESSING";
    state.processing += is_processing ? 1 : 0;
    if (is_processing && row.due_at <= now) {
      ++state.due;
      state.oldest_due_at = std::min(state.oldest_due_at.value_or(row.due_at), row.due_at);
    }
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

void FakeStore::leave_disk_bytes(std::int64_t bytes) {
  const std::lock_guard lock(m_mutex);
  m_disk_bytes_left = bytes;
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
    if (!is_pruned(row)) {
      rows.push_back(row.stored);
    }
  }
  return rows;
}

std::vector<Act> FakeStore::prunes() const {
  const std::lock_guard lock(m_mutex);
  return m_prunes;
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

int FakeStore::looks() const {
  const std::lock_guard lock(m_mutex);
  return m_looks;
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

std::unique_ptr<Operations> FakeStore::open_operations() {
  check_open();
  return std::make_unique<OperatorSession>(*this);
}

std::unique_ptr<TransactionBrowser> FakeStore::open_browser() {
  check_open();
  return std::make_unique<Browser>(*this);
}

std::unique_ptr<Retention> FakeStore::open_retention() {
  check_open();
  return std::make_unique<RetentionSession>(*this);
}

std::unique_ptr<Statistics> FakeStore::open_statistics() {
  check_open();
  return std::make_unique<Counters>(*this);
}

std::unique_ptr<TransactionImporter> FakeStore::open_importer() {
  check_open();
  return std::make_unique<Importer>(*this);
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

void FakeStore::close(Row& row, const char* status, Timestamp now,
                      const std::optional<std::string>& why) {
  row.stored.status = status;
  row.stored.processed_at = now;
  row.stored.last_error = why;
  free_next(row, now);
}

void FakeStore::free_next(const Row& row, Timestamp now) {
  for (Row& other : m_rows) {
    if (is_of_its_account(other, row) && keeps_order(other) &&
        other.stored.status == "PROCESSING") {
      if (other.due_at == Timestamp::max()) {
        other.due_at = now;
      }
      return;
    }
  }
}

bool FakeStore::is_running(const Row& row) {
  return !row.attempts.empty() && !row.attempts.back().ended_at;
}

bool FakeStore::is_pruned(const Row& row) { return row.stored.status == k_pruned; }

BrowsedTransaction FakeStore::browsed(std::int64_t number) const {
  const Row& row = m_rows.at(static_cast<std::size_t>(number));
  const bool is_due = row.stored.status == "PROCESSING" && row.due_at != Timestamp::max();
  return {number, row.webhook.source, row.stored, is_due ? std::optional(row.due_at) : std::nullopt,
          row.webhook.remote_address};
}

bool FakeStore::keeps_order(const Row& row) {
  const auto* const payment = std::get_if<StatedPayment>(&row.webhook.content);
  return payment != nullptr && payment->keeps_order;
}

bool FakeStore::is_of_its_account(const Row& other, const Row& row) {
  return other.webhook.source == row.webhook.source &&
         other.stored.transaction.source_account() == row.stored.transaction.source_account();
}

bool FakeStore::has_to_wait(const Row& row) const {
  return keeps_order(row) && std::any_of(m_rows.begin(), m_rows.end(), [&row](const Row& other) {
           const bool came_before =
               &other < &row && keeps_order(other) && other.stored.status == "PROCESSING";
           return &other != &row && is_of_its_account(other, row) &&
                  (came_before || is_running(other));
         });
}

void FakeStore::dissolve_order(const std::string& source, Timestamp now) {
  for (Row& row : m_rows) {
    if (row.webhook.source == source) {
      row.due_at = row.due_at == Timestamp::max() ? now : row.due_at;
      std::get<StatedPayment>(row.webhook.content).keeps_order = false;
    }
  }
}

void FakeStore::count(std::string_view outcome, const std::string& source, Timestamp at) {
  m_counted.push_back({source, std::string(outcome), at});
  OutcomeTotal& total = m_totals[{source, std::string(outcome)}];
  total = {source, std::string(outcome), total.count + 1, at};
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
        return other.head.source == webhook.source && other.body == webhook.body;
      })) {
    kept.push_back(kept_webhook(webhook, why));
  }
  return result;
}

KeptWebhook FakeStore::kept_webhook(const IncomingWebhook& webhook, const std::string& why) {
  return {.head = {++m_kept_id, webhook.source, why, webhook.received_at, webhook.body.size()},
          .body = webhook.body,
          .headers = webhook.headers,
          .remote_address = webhook.remote_address};
}

IntakeResult FakeStore::store_payment(const IncomingWebhook& webhook,
                                      const StatedPayment& payment) {
  const Transaction& transaction = payment.transaction;
  if (transaction.transaction_id() == m_refused) {
    return IntakeResult::REFUSED;
  }
  const Id id{webhook.source, transaction.transaction_id()};
  if (const auto pruned = m_pruned.find(id); pruned != m_pruned.end()) {
    return pruned->second == transaction ? IntakeResult::DUPLICATE
                                         : record_conflict(webhook, transaction);
  }
  const auto [place, is_new] = m_places.emplace(id, m_rows.size());
  if (is_new) {
    m_rows.push_back({webhook,
                      {transaction, "PROCESSING", webhook.received_at, std::nullopt},
                      payment.due_at,
                      0,
                      {}});
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
    if (other.webhook.head.source == webhook.source &&
        other.transaction.transaction_id() == transaction.transaction_id()) {
      if (other.transaction == transaction) {
        return IntakeResult::CONFLICT;
      }
      ++of_this_id;
    }
  }
  if (of_this_id < k_conflicts_per_id) {
    KeptWebhook kept =
        kept_webhook(webhook, "other values than those of " + transaction.transaction_id());
    kept.values = {transaction.transaction_id(), transaction.source_account(),
                   transaction.destination_account(), transaction.amount().decimal(),
                   transaction.currency()};
    m_conflicts.push_back({transaction, std::move(kept)});
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

Transaction transaction(const std::string& transaction_id, const std::string& source_account) {
  return {transaction_id, source_account, "acc_merchant_001", Amount::parse("500", {"INR", 2}),
          "INR"};
}

std::vector<Attempt> attempts_of(TransactionStore& store, const std::string& transaction_id) {
  constexpr std::size_t k_all = 1000;
  const auto browser = store.open_browser();
  const auto found = browser->find("default", transaction_id);
  auto attempts =
      found ? browser->attempts(found->number, std::nullopt, k_all) : std::vector<Attempt>();
  std::reverse(attempts.begin(), attempts.end());
  return attempts;
}

}  // namespace payhook::test
