#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "store/transaction_store.h"

namespace payhook::test {

/// A store in memory that keeps TransactionStore's promises, and that a test can make fail or wait.
/// Its sessions share its rows. Every member function may be called from any thread.
class FakeStore final : public TransactionStore {
 public:
  enum class Fault {
    NONE,
    UNAVAILABLE,
    TIMEOUT,          ///< as if the deadline had passed; nobody waits for it really
    OUTCOME_UNKNOWN,  ///< what is asked is done, and then the connection is lost
    BROKEN,
    DAMAGED,
    CANNOT_OPEN  ///< opening a session throws ProgramError
  };

  static constexpr int k_broken_exit_status = 74;

  static constexpr std::ptrdiff_t k_conflicts_per_id = 16;

  /// Every call from now on ends in `fault`.
  void fail(Fault fault);

  /// The next `times` calls end in `fault`, and those after them well.
  void fail_times(Fault fault, int times);

  /// From now on it refuses webhooks with this id.
  void refuse(const std::string& transaction_id);

  /// From now on its disk has so much left; before, it has plenty.
  void leave_disk_bytes(std::int64_t bytes);

  /// Every step of upkeep from now on ends in `fault`.
  void fail_upkeep(Fault fault);

  /// Called at the beginning of every step of upkeep from now on.
  void before_upkeep(std::function<void()> call);

  /// From now on there are so many steps of upkeep to do.
  void need_upkeep(int steps);
  int upkeep_steps_left() const;

  /// Makes WebhookIntake::store() wait until release().
  void block();
  void release();

  /// Waits until a call of store() waits for release().
  void wait_until_blocked();

  /// Inserts as if a webhook had come at `created_at`, which may be processed at `due_at`.
  void add(const Transaction& transaction, Timestamp created_at, Timestamp due_at);

  std::vector<StoredTransaction> rows() const;
  std::size_t conflicts() const;

  /// What pruning was recorded with.
  std::vector<Act> prunes() const;

  /// The transaction_ids of each call of store(), those that failed included.
  std::vector<std::vector<std::string>> batches() const;

  /// How far ahead the deadline of each call of store() was, at most.
  std::vector<std::chrono::steady_clock::duration> patiences() const;

  struct ProcessingCall {
    Timestamp now;
    std::size_t limit;
  };
  std::vector<ProcessingCall> processing_calls() const;

  /// How often a processor has looked what there is to do.
  int looks() const;

  /// How many times an intake was asked to prove that it stores.
  int proofs() const;

  /// How many steps of upkeep were done or tried.
  int upkeep_steps() const;

  std::unique_ptr<WebhookIntake> open_intake() override;
  std::unique_ptr<StatusReader> open_status_reader() override;
  std::unique_ptr<ProcessingQueue> open_processing_queue() override;
  std::unique_ptr<KeptWebhooks> open_kept_webhooks() override;
  std::unique_ptr<Operations> open_operations() override;
  std::unique_ptr<TransactionBrowser> open_browser() override;
  std::unique_ptr<Retention> open_retention() override;
  std::unique_ptr<Statistics> open_statistics() override;
  std::unique_ptr<TransactionImporter> open_importer() override;
  std::unique_ptr<Upkeep> open_upkeep(Keeper keeper) override;

 private:
  class Intake;
  class Reader;
  class Queue;
  class OperatorSession;
  class Browser;
  class Importer;
  class Kept;
  class RetentionSession;
  class Counters;
  class Keeping;

  static void raise(Fault fault);
  void throw_fault();  // with m_mutex held

  /// Does what is asked and throws the fault, or only throws it. With m_mutex held.
  template <typename Act>
  std::invoke_result_t<Act> act(const Act& what);
  void check_open();
  IntakeResult store_one(const IncomingWebhook& webhook);
  IntakeResult keep(KeptIn where, const IncomingWebhook& webhook, const std::string& why,
                    IntakeResult result);
  KeptWebhook kept_webhook(const IncomingWebhook& webhook, const std::string& why);
  IntakeResult store_payment(const IncomingWebhook& webhook, const StatedPayment& payment);
  IntakeResult record_conflict(const IncomingWebhook& webhook, const Transaction& transaction);

  mutable std::mutex m_mutex;
  std::condition_variable m_changed;
  /// A row, with what the queue knows of it.
  struct Row {
    IncomingWebhook webhook;
    StoredTransaction stored;
    Timestamp due_at;  // the end of time while it waits for another one of its account
    std::int64_t forgiven = 0;
    std::vector<Attempt> attempts;
  };
  void close(Row& row, const char* status, Timestamp now, const std::optional<std::string>& why);
  void free_next(const Row& row, Timestamp now);
  static bool is_running(const Row& row);
  static bool is_pruned(const Row& row);
  BrowsedTransaction browsed(std::int64_t number) const;
  static bool keeps_order(const Row& row);
  static bool is_of_its_account(const Row& other, const Row& row);
  bool has_to_wait(const Row& row) const;
  void dissolve_order(const std::string& source, Timestamp now);

  void count(std::string_view outcome, const std::string& source, Timestamp at);

  const Queue* m_claimer = nullptr;
  std::int64_t m_disk_bytes_left = std::int64_t{1} << 40;
  int m_intakes = 0;
  int m_queues = 0;
  struct Counted {
    std::string source;
    std::string outcome;
    Timestamp at;
  };
  std::vector<Counted> m_counted;
  std::map<std::pair<std::string, std::string>, OutcomeTotal> m_totals;  // by source, outcome
  ProcessingLag m_lag;
  bool m_paused = false;
  std::vector<Row> m_rows;                         // in the order of their insertion
  using Id = std::pair<std::string, std::string>;  // its source's name and its own
  std::map<Id, std::size_t> m_places;              // in m_rows
  std::map<Id, Transaction> m_pruned;              // whose rows stay, so that others keep theirs
  std::map<WholeStoreAct, Act> m_recorded;         // the last ones
  struct Conflict {
    Transaction transaction;
    KeptWebhook webhook;
  };
  std::vector<Conflict> m_conflicts;
  std::vector<Act> m_prunes;
  std::map<KeptIn, std::vector<KeptWebhook>> m_kept;  // but for conflicts
  std::int64_t m_kept_id = 0;
  std::optional<std::string> m_refused;
  std::vector<std::vector<std::string>> m_batches;
  std::vector<std::chrono::steady_clock::duration> m_patiences;
  std::vector<ProcessingCall> m_processing_calls;
  int m_looks = 0;
  int m_proofs = 0;
  int m_upkeep_steps = 0;
  int m_upkeep_steps_left = 0;
  Fault m_fault = Fault::NONE;
  Fault m_upkeep_fault = Fault::NONE;
  std::function<void()> m_before_upkeep = [] {};
  int m_faults_left = 0;  // -1: without end
  bool m_blocked = false;
  int m_waiting = 0;
};

/// What a test knows a webhook by: its transaction's id, or the body that states none.
std::string name_of(const IncomingWebhook& webhook);

/// A transaction of 500 INR.
Transaction transaction(const std::string& transaction_id,
                        const std::string& source_account = "acc_user_001");

/// The attempts of a transaction of the default source that is in a store, the first one first;
/// none where it is not there.
std::vector<Attempt> attempts_of(TransactionStore& store, const std::string& transaction_id);

}  // namespace payhook::test
