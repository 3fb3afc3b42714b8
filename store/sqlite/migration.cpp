#include "store/sqlite/migration.h"

#include <fmt/format.h>
#include <sysexits.h>

#include "core/log.h"
#include "core/program_error.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/database_file.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/scoped_transaction.h"

namespace payhook {

namespace {

std::int64_t version_of(SqliteConnection& connection) {
  SqliteStatement statement = connection.prepare("PRAGMA user_version");
  statement.step();
  return statement.number(0);
}

}  // namespace

void require_known_version(std::int64_t version, const std::string& name) {
  if (version / 1000 == k_schema_major) {
    return;  // a later step has only added something
  }
  const auto* const what_to_do =
      version / 1000 > k_schema_major
          ? "install the payhook release that wrote it, or a later one"
          : "install the payhook release that wrote it, or move it away and post its "
            "transactions again";
  throw ProgramError(EX_CONFIG,
                     fmt::format("{} has schema version {}.{}, and this program knows version {}: "
                                 "{}",
                                 name, version / 1000, version % 1000, k_schema_major, what_to_do));
}

void migrate(SqliteConnection& connection, const std::filesystem::path& file,
             MissingSchema missing) {
  const auto version = version_of(connection);
  if (version == 0 && missing == MissingSchema::REFUSE) {
    throw no_database(file);
  }
  if (version != 0) {
    require_known_version(version, file.string());
  }
  if (version >= k_schema_version) {
    return;
  }
  if (version != 0) {
    log::report(
        log::Event::STORE_TROUBLE,
        "{} is brought from schema step {} to {}: until that is done, which may take a minute "
        "where it has millions of rows, webhooks are answered 503",
        file.string(), version % 1000, k_schema_version % 1000);
  }
  ScopedTransaction transaction(connection);
  connection.execute(fmt::format("PRAGMA application_id = {}", k_application_id));
  for (const SchemaStep& step : k_schema_steps) {
    if (step.version > version) {
      connection.execute(step.sql);
      connection.execute(fmt::format("PRAGMA user_version = {}", step.version));
    }
  }
  transaction.commit();
}

}  // namespace payhook
