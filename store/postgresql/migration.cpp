#include "store/postgresql/migration.h"

#include <fmt/format.h>
#include <sysexits.h>

#include "core/log.h"
#include "core/program_error.h"
#include "store/errors.h"
#include "store/postgresql/schema.h"

namespace payhook::postgresql {

namespace {

// A step may have to look through a large table.
constexpr std::chrono::minutes k_patience{10};

// to_regclass() may remember that it was not there.
constexpr Statement k_is_there{"payhook_is_there", R"sql(
  SELECT EXISTS (SELECT FROM pg_catalog.pg_tables
                 WHERE schemaname = 'payhook' AND tablename = 'schema_version')
)sql"};

constexpr Statement k_version{"payhook_version", "SELECT version FROM payhook.schema_version"};

// "PayH", and that it is the schema.
constexpr auto k_lock = "SELECT pg_advisory_xact_lock(1348565320, 1)";

constexpr auto k_no_limits =
    "SELECT set_config('statement_timeout', '0', true), set_config('lock_timeout', '0', true)";

constexpr auto k_create = R"sql(
  CREATE SCHEMA IF NOT EXISTS payhook;
  CREATE TABLE payhook.schema_version (
    id       bigint PRIMARY KEY CHECK (id = 1),
    version  bigint NOT NULL  -- the major version times 1000, plus the step
  );
  INSERT INTO payhook.schema_version VALUES (1, 0);
)sql";

/// 0 where there is none.
std::int64_t version_of(Connection& connection, Deadline deadline) {
  connection.add(k_is_there);
  if (!connection.run(deadline).back().yes(0, 0)) {
    return 0;
  }
  connection.add(k_version);
  const auto results = connection.run(deadline);
  return results.back().rows() == 0 ? 0 : results.back().number(0, 0);
}

void require_known(std::int64_t version, MissingSchema missing) {
  if (version == 0) {
    if (missing == MissingSchema::REFUSE) {
      throw ProgramError(EX_CONFIG,
                         "the database has no tables of payhook's: name the right one, or have "
                         "them created with --create-database");
    }
  } else if (version / 1000 != k_schema_major) {
    throw ProgramError(EX_CONFIG,
                       fmt::format("the database has schema version {}.{}, and this program knows "
                                   "version {}: install the payhook release that wrote it",
                                   version / 1000, version % 1000, k_schema_major));
  }
}

void do_steps(Connection& connection, std::int64_t version, Deadline deadline) {
  if (version == 0) {
    connection.run_script(k_create, deadline);
  } else {
    log::report(log::Event::STORE_TROUBLE,
                "the database is brought from schema step {} to {}: until that is done, webhooks "
                "are answered 503",
                version % 1000, k_schema_version % 1000);
  }
  for (const SchemaStep& step : k_schema_steps) {
    if (step.version > version) {
      connection.run_script(step.sql, deadline);
    }
  }
  connection.run_script(
      fmt::format("UPDATE payhook.schema_version SET version = {}", k_schema_version).c_str(),
      deadline);
}

}  // namespace

void migrate(Connection& connection, MissingSchema missing, Deadline deadline) {
  std::int64_t version = version_of(connection, deadline);
  require_known(version, missing);
  if (version >= k_schema_version) {
    return;  // a later step has only added something
  }
  deadline = std::chrono::steady_clock::now() + k_patience;
  connection.add("BEGIN");
  connection.add(k_no_limits);
  connection.add(k_lock);
  connection.run(deadline);
  version = version_of(connection, deadline);  // another one may have done it meanwhile
  if (version < k_schema_version) {
    do_steps(connection, version, deadline);
  }
  connection.add("COMMIT");
  connection.run(deadline);
}

}  // namespace payhook::postgresql
