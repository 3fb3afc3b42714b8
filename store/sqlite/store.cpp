#include "store/sqlite/store.h"

#include <fmt/format.h>
#include <sysexits.h>

#include <utility>

#include "core/become_owner.h"
#include "store/sqlite/browser.h"
#include "store/sqlite/database_file.h"
#include "store/sqlite/importer.h"
#include "store/sqlite/intake.h"
#include "store/sqlite/kept_webhooks.h"
#include "store/sqlite/on_demand.h"
#include "store/sqlite/operations.h"
#include "store/sqlite/processing_queue.h"
#include "store/sqlite/retention.h"
#include "store/sqlite/statistics.h"
#include "store/sqlite/status_reader.h"
#include "store/sqlite/turn_file_watch.h"
#include "store/sqlite/upkeep.h"

namespace payhook {

namespace {

template <typename Session>
OnDemand<Session> on_demand(SharedState& shared) {
  OnDemand<Session> session(shared.last_opening, [&shared](auto patience) {
    return std::make_unique<Session>(shared, patience);
  });
  if (shared.lifetime == Lifetime::SERVICE) {
    session.open();
  }
  return session;
}

class Intake final : public WebhookIntake {
 public:
  explicit Intake(SharedState& shared) : m_opened(on_demand<SqliteIntake>(shared)) {}

  std::vector<IntakeResult> store(std::span<const IncomingWebhook> webhooks,
                                  Deadline deadline) override {
    return m_opened.session().store(webhooks, deadline);
  }
  void prove_that_it_stores(Deadline deadline) override {
    m_opened.session().prove_that_it_stores(deadline);
  }

 private:
  OnDemand<SqliteIntake> m_opened;
};

class Reader final : public StatusReader {
 public:
  explicit Reader(SharedState& shared) : m_opened(on_demand<SqliteStatusReader>(shared)) {}

  std::optional<StoredTransaction> find(std::string_view source,
                                        std::string_view transaction_id) override {
    return m_opened.session().find(source, transaction_id);
  }

 private:
  OnDemand<SqliteStatusReader> m_opened;
};

class Queue final : public ProcessingQueue {
 public:
  explicit Queue(SharedState& shared) : m_opened(on_demand<SqliteProcessingQueue>(shared)) {}

  QueueState state() override { return m_opened.session().state(); }
  void let_others_write(Deadline deadline) override {
    m_opened.session().let_others_write(deadline);
  }
  std::size_t process_due(std::span<const std::string> sources, Timestamp now, std::size_t limit,
                          Deadline deadline) override {
    return m_opened.session().process_due(sources, now, limit, deadline);
  }
  std::optional<std::vector<AbandonedClaim>> take_over(Timestamp now, Deadline deadline) override {
    return m_opened.session().take_over(now, deadline);
  }
  std::vector<ClaimedTransaction> finish_and_claim(const ClaimChanges& changes, Timestamp now,
                                                   Deadline deadline) override {
    return m_opened.session().finish_and_claim(changes, now, deadline);
  }
  std::size_t count_due(Timestamp now, std::size_t at_most) override {
    return m_opened.session().count_due(now, at_most);
  }

 private:
  OnDemand<SqliteProcessingQueue> m_opened;
};

class Kept final : public KeptWebhooks {
 public:
  explicit Kept(SharedState& shared) : m_opened(on_demand<SqliteKeptWebhooks>(shared)) {}

  KeptPage list(KeptIn where, const KeptFilter& filter, std::optional<std::int64_t> before,
                std::size_t limit) override {
    return m_opened.session().list(where, filter, before, limit);
  }
  std::optional<KeptWebhook> find(KeptIn where, std::int64_t id) override {
    return m_opened.session().find(where, id);
  }
  std::vector<IntakeResult> store_again(KeptIn where, std::int64_t id,
                                        std::span<const IncomingWebhook> webhooks, const Act& act,
                                        Deadline deadline) override {
    return m_opened.session().store_again(where, id, webhooks, act, deadline);
  }
  bool drop(KeptIn where, std::int64_t id, const Act& act, Deadline deadline) override {
    return m_opened.session().drop(where, id, act, deadline);
  }
  std::size_t drop_older(KeptIn where, Timestamp before, std::size_t limit,
                         Deadline deadline) override {
    return m_opened.session().drop_older(where, before, limit, deadline);
  }

 private:
  OnDemand<SqliteKeptWebhooks> m_opened;
};

class OperatorSession final : public Operations {
 public:
  explicit OperatorSession(SharedState& shared) : m_opened(on_demand<SqliteOperations>(shared)) {}

  ActResult requeue(std::string_view source, std::string_view transaction_id, const Act& act,
                    Deadline deadline) override {
    return m_opened.session().requeue(source, transaction_id, act, deadline);
  }
  std::size_t requeue_failed(const FailedFilter& filter, std::size_t limit, const Act& act,
                             Deadline deadline) override {
    return m_opened.session().requeue_failed(filter, limit, act, deadline);
  }
  ActResult cancel(std::string_view source, std::string_view transaction_id, const Act& act,
                   Deadline deadline) override {
    return m_opened.session().cancel(source, transaction_id, act, deadline);
  }
  ActResult replay(std::string_view source, std::string_view transaction_id, const Act& act,
                   Deadline deadline) override {
    return m_opened.session().replay(source, transaction_id, act, deadline);
  }
  bool pause(const Act& act, Deadline deadline) override {
    return m_opened.session().pause(act, deadline);
  }
  bool resume(const Act& act, Deadline deadline) override {
    return m_opened.session().resume(act, deadline);
  }
  void record(WholeStoreAct what, const Act& act, Deadline deadline) override {
    m_opened.session().record(what, act, deadline);
  }

 private:
  OnDemand<SqliteOperations> m_opened;
};

class RetentionSession final : public Retention {
 public:
  explicit RetentionSession(SharedState& shared) : m_opened(on_demand<SqliteRetention>(shared)) {}

  bool empty_webhooks(Timestamp before, Timestamp now, Deadline deadline) override {
    return m_opened.session().empty_webhooks(before, now, deadline);
  }
  FinishedPage finished(const FinishedFilter& filter, std::optional<std::int64_t> after) override {
    return m_opened.session().finished(filter, after);
  }
  PruneResult prune(std::span<const FinishedState> transactions, const Act* act,
                    Deadline deadline) override {
    return m_opened.session().prune(transactions, act, deadline);
  }

 private:
  OnDemand<SqliteRetention> m_opened;
};

class Browser final : public TransactionBrowser {
 public:
  explicit Browser(SharedState& shared) : m_opened(on_demand<SqliteBrowser>(shared)) {}

  BrowsePage list(const BrowseFilter& filter, std::optional<std::int64_t> before,
                  std::size_t limit) override {
    return m_opened.session().list(filter, before, limit);
  }
  BrowsePage list_newer(const BrowseFilter& filter, std::int64_t after,
                        std::size_t limit) override {
    return m_opened.session().list_newer(filter, after, limit);
  }
  std::optional<BrowsedTransaction> find(std::string_view source,
                                         std::string_view transaction_id) override {
    return m_opened.session().find(source, transaction_id);
  }
  bool was_pruned(std::string_view source, std::string_view transaction_id) override {
    return m_opened.session().was_pruned(source, transaction_id);
  }
  StoredWebhook webhook(std::int64_t number) override { return m_opened.session().webhook(number); }
  std::vector<Attempt> attempts(std::int64_t number, std::optional<std::int64_t> before,
                                std::size_t limit) override {
    return m_opened.session().attempts(number, before, limit);
  }

 private:
  OnDemand<SqliteBrowser> m_opened;
};

class Counters final : public Statistics {
 public:
  explicit Counters(SharedState& shared) : m_opened(on_demand<SqliteStatistics>(shared)) {}

  std::vector<OutcomeTotal> totals() override { return m_opened.session().totals(); }
  std::vector<OutcomeCount> counts(Timestamp since, Timestamp before) override {
    return m_opened.session().counts(since, before);
  }
  ProcessingLag processing_lag() override { return m_opened.session().processing_lag(); }
  StoreState state(Timestamp now) override { return m_opened.session().state(now); }
  StoreVitals vitals() override { return m_opened.session().vitals(); }
  EngineReport engine() override { return m_opened.session().engine(); }
  bool tidy(Timestamp now, Deadline deadline) override {
    return m_opened.session().tidy(now, deadline);
  }

 private:
  OnDemand<SqliteStatistics> m_opened;
};

class Importer final : public TransactionImporter {
 public:
  explicit Importer(SharedState& shared) : m_opened(on_demand<SqliteImporter>(shared)) {}

  std::vector<IntakeResult> add(std::string_view source,
                                std::span<const PastTransaction> transactions, const Act& act,
                                Deadline deadline) override {
    return m_opened.session().add(source, transactions, act, deadline);
  }

 private:
  OnDemand<SqliteImporter> m_opened;
};

}  // namespace

SqliteStore::SqliteStore(const std::filesystem::path& database, Lifetime lifetime,
                         std::chrono::milliseconds idle_after)
    : m_shared(resolved(database), lifetime,
               lifetime == Lifetime::SERVICE ? IdIndexer::k_rows_in_a_run
                                             : IdIndexer::k_rows_in_a_short_run,
               idle_after) {}

std::unique_ptr<WebhookIntake> SqliteStore::open_intake() {
  return std::make_unique<Intake>(m_shared);
}

std::unique_ptr<StatusReader> SqliteStore::open_status_reader() {
  return std::make_unique<Reader>(m_shared);
}

std::unique_ptr<ProcessingQueue> SqliteStore::open_processing_queue() {
  return std::make_unique<Queue>(m_shared);
}

std::unique_ptr<KeptWebhooks> SqliteStore::open_kept_webhooks() {
  return std::make_unique<Kept>(m_shared);
}

std::unique_ptr<Operations> SqliteStore::open_operations() {
  return std::make_unique<OperatorSession>(m_shared);
}

std::unique_ptr<TransactionBrowser> SqliteStore::open_browser() {
  return std::make_unique<Browser>(m_shared);
}

std::unique_ptr<Retention> SqliteStore::open_retention() {
  return std::make_unique<RetentionSession>(m_shared);
}

std::unique_ptr<Statistics> SqliteStore::open_statistics() {
  return std::make_unique<Counters>(m_shared);
}

std::unique_ptr<TransactionImporter> SqliteStore::open_importer() {
  return std::make_unique<Importer>(m_shared);
}

std::unique_ptr<Upkeep> SqliteStore::open_upkeep(Keeper keeper) {
  return std::make_unique<SqliteUpkeep>(m_shared, keeper);
}

std::unique_ptr<StoreWatch> SqliteStore::watch(Watcher watcher) {
  return std::make_unique<TurnFileWatch>(m_shared.database, std::move(watcher));
}

void create_database(const std::filesystem::path& database) {
  const std::filesystem::path file = resolved(database);
  become_owner_of(file.parent_path());
  require_writable(file.parent_path());
  try {
    SqliteConnection(file, SqliteConnection::Use::CREATING);
  } catch (const StoreUnavailable& e) {
    throw ProgramError(EX_UNAVAILABLE,
                       fmt::format("{} cannot be used now: {}", file.string(), e.what()));
  }
}

}  // namespace payhook
