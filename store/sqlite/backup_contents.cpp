#include "store/sqlite/backup_contents.h"

#include <fmt/format.h>
#include <sqlite3.h>
#include <sysexits.h>

#include <memory>
#include <stdexcept>
#include <string_view>

#include "store/sqlite/errors.h"
#include "store/sqlite/migration.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/statement.h"

namespace payhook {

namespace {

struct Close {
  void operator()(sqlite3* database) const noexcept { sqlite3_close_v2(database); }
};
using OpenedDatabase = std::unique_ptr<sqlite3, Close>;

/// Immutable: SQLite takes no lock, and looks for no WAL.
std::string uri_of(const std::filesystem::path& file) {
  std::string uri = "file:";
  for (const char c : file.string()) {
    const bool has_a_meaning = c == '%' || c == '?' || c == '#';
    uri += has_a_meaning ? fmt::format("%{:02X}", static_cast<int>(c)) : std::string(1, c);
  }
  return uri + "?immutable=1";
}

OpenedDatabase open_immutable(const std::filesystem::path& file) {
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(
      uri_of(file).c_str(), &opened,
      SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
      nullptr);
  OpenedDatabase database(opened);
  check_sqlite(opened, code, "cannot open the backup");
  return database;
}

std::int64_t number_of(sqlite3* database, std::string_view sql) {
  SqliteStatement statement(database, sql);
  return statement.step() ? statement.number(0) : 0;
}

void require_payhooks(sqlite3* database, const std::string& name) {
  if (number_of(database, "PRAGMA application_id") != k_application_id) {
    throw ProgramError(EX_DATAERR, fmt::format("{} is no database of payhook's", name));
  }
  require_known_version(number_of(database, "PRAGMA user_version"), name);
}

void require_intact(sqlite3* database, const std::string& name, Look look) {
  SqliteStatement check(database,
                        look == Look::FULL ? "PRAGMA integrity_check(1)" : "PRAGMA quick_check(1)");
  check.step();
  const std::string found = first_line_of_check(check.text(0));
  if (found != "ok") {
    throw ProgramError(EX_DATAERR, fmt::format("{} is damaged: {}", name, found));
  }
}

BackupContents read_contents(sqlite3* database) {
  // Once through the table: GROUP BY would sort it.
  SqliteStatement count(
      database,
      "SELECT count(*), total(status = 'PROCESSING'), "
      "total(status = 'PROCESSED'), total(status = 'FAILED'), max(id), max(created_at) "
      "FROM transactions");
  count.step();
  BackupContents contents;
  contents.transactions = count.number(0);
  contents.processing = count.number(1);
  contents.processed = count.number(2);
  contents.failed = count.number(3);
  if (contents.transactions > 0) {
    contents.newest_number = count.number(4);
    contents.newest_created_at = parse_timestamp(count.text(5));
  }
  return contents;
}

}  // namespace

std::string first_line_of_check(std::string_view row) {
  constexpr std::string_view k_heading = "*** in database main ***\n";
  if (row.starts_with(k_heading)) {
    row.remove_prefix(k_heading.size());
  }
  return std::string(row.substr(0, row.find('\n')));
}

BackupContents contents_of_backup(const std::filesystem::path& file, const std::string& name,
                                  Look look, const OnProgress& on_progress) try {
  on_progress("verifying", 0, 0);
  const OpenedDatabase database = open_immutable(file);
  require_payhooks(database.get(), name);
  require_intact(database.get(), name, look);
  return read_contents(database.get());
} catch (const StoreDamaged&) {
  throw ProgramError(EX_DATAERR, fmt::format("{} is damaged, or no database", name));
} catch (const std::invalid_argument& e) {
  throw ProgramError(EX_DATAERR, fmt::format("{} is damaged: {}", name, e.what()));
}

}  // namespace payhook
