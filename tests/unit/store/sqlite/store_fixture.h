#pragma once

#include <sqlite3.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "store/sqlite/connection.h"
#include "store/sqlite/store.h"
#include "tests/support/temporary_directory.h"
#include "tests/unit/store/webhooks.h"

namespace payhook::test {

/// Gives it time while nobody commits anything: the second step finds the store idle.
inline void rest(Upkeep& upkeep) {
  upkeep.step(patience());
  upkeep.step(patience());
}

/// SQLite without payhook in between.
class PlainDatabase {
 public:
  explicit PlainDatabase(const std::filesystem::path& file) {
    sqlite3* opened = nullptr;
    const int code = sqlite3_open(file.c_str(), &opened);
    m_database.reset(opened);
    if (code != SQLITE_OK) {
      throw std::runtime_error(sqlite3_errmsg(opened));
    }
    sqlite3_db_config(opened, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  }

  /// Runs SQL and returns the rows: columns parted by '|', rows by a newline.
  std::string query(const std::string& sql) const {
    std::string rows;
    const auto add = [](void* text, int count, char** columns, char**) {
      auto& all = *static_cast<std::string*>(text);
      all += all.empty() ? "" : "\n";
      for (int i = 0; i < count; ++i) {
        all += (i > 0 ? "|" : "") + std::string(columns[i] == nullptr ? "NULL" : columns[i]);
      }
      return 0;
    };
    char* error = nullptr;
    if (sqlite3_exec(m_database.get(), sql.c_str(), add, &rows, &error) != SQLITE_OK) {
      const std::string message = error == nullptr ? "unknown error" : error;
      sqlite3_free(error);
      throw std::runtime_error(message);
    }
    return rows;
  }

 private:
  struct Close {
    void operator()(sqlite3* database) const noexcept { sqlite3_close_v2(database); }
  };
  std::unique_ptr<sqlite3, Close> m_database;
};

inline std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// Sessions on a database that is created where it is missing.
class CreatingStore {
 public:
  explicit CreatingStore(std::filesystem::path database, Lifetime lifetime = Lifetime::SERVICE)
      : m_database(std::move(database)),
        m_store(std::make_unique<SqliteStore>(m_database, lifetime, std::chrono::seconds{0})) {}

  std::unique_ptr<WebhookIntake> open_intake() { return created().open_intake(); }
  std::unique_ptr<StatusReader> open_status_reader() { return created().open_status_reader(); }
  std::unique_ptr<ProcessingQueue> open_processing_queue() {
    return created().open_processing_queue();
  }
  std::unique_ptr<Statistics> open_statistics() { return created().open_statistics(); }
  std::unique_ptr<Upkeep> open_upkeep(TransactionStore::Keeper keeper) {
    return created().open_upkeep(keeper);
  }

  std::unique_ptr<Operations> open_operations() { return created().open_operations(); }

  std::unique_ptr<StoreWatch> watch(TransactionStore::Watcher watcher) {
    return m_store->watch(std::move(watcher));
  }

  /// After the sessions: waits for what was begun in the background.
  void close() { m_store.reset(); }

 private:
  TransactionStore& created() {
    SqliteConnection(m_database, SqliteConnection::Use::CREATING);
    return *m_store;
  }

  std::filesystem::path m_database;
  std::unique_ptr<TransactionStore> m_store;
};

/// A store in a directory of its own.
struct StoreFixture {
  std::unique_ptr<WebhookIntake> intake() { return payments.open_intake(); }
  std::unique_ptr<StatusReader> reader() { return payments.open_status_reader(); }
  std::unique_ptr<ProcessingQueue> queue() { return payments.open_processing_queue(); }
  std::unique_ptr<Upkeep> upkeep(
      TransactionStore::Keeper keeper = TransactionStore::Keeper::ALWAYS) {
    return payments.open_upkeep(keeper);
  }

  std::string query(const std::string& sql) const { return PlainDatabase(database).query(sql); }

  std::filesystem::path beside(const std::string& suffix) const {
    return database.string() + suffix;
  }

  /// Leaves one file that holds everything. No session may be open.
  void fold_wal_into_database() const {
    query("PRAGMA wal_checkpoint(TRUNCATE)");
    std::filesystem::remove(beside("-wal"));
    std::filesystem::remove(beside("-shm"));
  }

  TemporaryDirectory directory;
  std::filesystem::path database = directory.path() / "db.sqlite";
  CreatingStore payments{database};
};

/// A store whose database is there from the beginning.
struct CreatedStoreFixture : StoreFixture {
  CreatedStoreFixture() { create_database(database); }
};

}  // namespace payhook::test
