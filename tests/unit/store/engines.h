#pragma once

#include <memory>
#include <tuple>

#include "store/factory.h"
#include "store/postgresql/store.h"
#include "tests/support/fake_store.h"
#include "tests/support/temporary_directory.h"
#include "tests/unit/store/postgresql/server.h"
#include "tests/unit/store/webhooks.h"

/// The suites of this folder say what a TransactionStore promises. Each runs against every engine:
/// another one is added to Engines.
namespace payhook::test {

struct Sqlite {
  TransactionStore& store() { return *m_store; }

 private:
  static std::unique_ptr<TransactionStore> created(const std::string& file) {
    create_store(file);
    return make_store(file);
  }

  TemporaryDirectory m_directory;
  std::string m_file = (m_directory.path() / "db.sqlite").string();
  std::unique_ptr<TransactionStore> m_store = created(m_file);
};

/// With which the programs' own tests run: it is to keep the same promises.
struct InMemory {
  TransactionStore& store() { return m_store; }

 private:
  FakeStore m_store;
};

/// The tables are those of a server that all cases share; each finds them empty.
struct Postgresql {
  TransactionStore& store() { return m_store; }

 private:
  static std::string emptied() {
    PostgresqlServer& server = PostgresqlServer::instance();
    server.empty_tables();
    return server.conninfo();
  }

  PostgresqlStore m_store{emptied(), "processor"};
};

using Engines = std::tuple<Sqlite, InMemory, Postgresql>;

/// A session of each kind.
template <typename Engine>
struct Sessions {
  Engine engine;
  std::unique_ptr<WebhookIntake> intake = engine.store().open_intake();
  std::unique_ptr<StatusReader> reader = engine.store().open_status_reader();
  std::unique_ptr<ProcessingQueue> queue = engine.store().open_processing_queue();

  std::vector<IntakeResult> store(const std::vector<Webhook>& webhooks) {
    return store_all(*intake, webhooks);
  }

  /// "PROCESSED 30000" for one that was processed at moment(30'000), or "none".
  std::string status_of(const std::string& id, const std::string& source = "default") {
    const auto found = reader->find(source, id);
    if (!found) {
      return "none";
    }
    const auto at = found->processed_at;
    return found->status + (at ? " " + std::to_string((*at - moment(0)).count()) : "");
  }
};

}  // namespace payhook::test
