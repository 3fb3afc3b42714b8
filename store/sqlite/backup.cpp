#include "store/sqlite/backup.h"

#include <fmt/format.h>
#include <sqlite3.h>
#include <sysexits.h>
#include <unistd.h>

#include <array>
#include <memory>

#include "core/become_owner.h"
#include "core/fault_point.h"
#include "core/system_error.h"
#include "store/sqlite/backup_contents.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/errors.h"
#include "store/sqlite/file_identity.h"
#include "store/sqlite/partial_file.h"

namespace payhook {

namespace {

// 1 MiB, and 16.
constexpr int k_pages_at_once = 256;
constexpr int k_steps_between_syncs = 16;

struct Close {
  void operator()(sqlite3* database) const noexcept { sqlite3_close_v2(database); }
};
using OpenedDatabase = std::unique_ptr<sqlite3, Close>;

struct Finish {
  void operator()(sqlite3_backup* backup) const noexcept { sqlite3_backup_finish(backup); }
};

/// Without a journal: what is not finished is thrown away as a whole. Synced by us.
OpenedDatabase open_copy(const PartialFile& part) {
  const ActingAsOwner owner(part.directory());
  sqlite3* opened = nullptr;
  const int code =
      sqlite3_open_v2(part.path().c_str(), &opened,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  OpenedDatabase copy(opened);
  check_sqlite(opened, code, "cannot open the backup");
  check_sqlite(opened,
               sqlite3_exec(opened, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF", nullptr,
                            nullptr, nullptr),
               "cannot open the backup");
  return copy;
}

/// What the database holds now, until the end of this object.
class Snapshot {
 public:
  explicit Snapshot(const std::filesystem::path& database)
      : m_connection(database, SqliteConnection::Use::READING) {
    m_connection.execute("BEGIN");
    SqliteStatement newest = m_connection.prepare("SELECT max(id) FROM transactions");
    newest.step();
    m_newest_number = newest.number(0);
  }

  sqlite3* handle() const noexcept { return m_connection.handle(); }
  std::int64_t newest_number() const noexcept { return m_newest_number; }

 private:
  SqliteConnection m_connection;
  std::int64_t m_newest_number = 0;
};

void copy_pages(const Snapshot& snapshot, const OpenedDatabase& copy, const PartialFile& part,
                const OnProgress& on_progress) {
  const std::unique_ptr<sqlite3_backup, Finish> backup(
      sqlite3_backup_init(copy.get(), "main", snapshot.handle(), "main"));
  int code = backup == nullptr ? sqlite3_errcode(copy.get()) : SQLITE_OK;
  for (int step = 1; code == SQLITE_OK; ++step) {
    code = sqlite3_backup_step(backup.get(), k_pages_at_once);
    const int all = sqlite3_backup_pagecount(backup.get());
    on_progress("copying", static_cast<std::uint64_t>(all - sqlite3_backup_remaining(backup.get())),
                static_cast<std::uint64_t>(all));
    if (step % k_steps_between_syncs == 0) {
      part.sync();
    }
  }
  if (code != SQLITE_DONE) {
    throw ProgramError(EX_IOERR, fmt::format("cannot copy the database to {}, of which nothing is "
                                             "left: {}",
                                             part.path().string(), sqlite3_errstr(code)));
  }
}

/// Without a WAL, so that whoever looks into it leaves nothing beside it: the file format's read
/// and write version are 1 then. Opened by payhook, it will have one again.
void mark_as_without_wal(const PartialFile& part) {
  constexpr std::array<char, 2> k_versions{1, 1};
  constexpr off_t k_place = 18;
  if (::pwrite(part.fd(), k_versions.data(), k_versions.size(), k_place) !=
      static_cast<ssize_t>(k_versions.size())) {
    throw_errno("cannot write " + part.path().string());
  }
}

/// Returns the number of the newest transaction in it.
std::int64_t copy_database(const std::filesystem::path& database, const PartialFile& part,
                           const OnProgress& on_progress) {
  const OpenedDatabase copy = open_copy(part);
  const ActingAsOwner owner(database.parent_path());
  const Snapshot snapshot(database);
  part.require_room_for(std::filesystem::file_size(database));
  copy_pages(snapshot, copy, part, on_progress);
  return snapshot.newest_number();
}

/// Not even one that is to be replaced may be the database, or its WAL.
void require_a_name_for_it(const std::filesystem::path& database, const std::filesystem::path& file,
                           StoreMaintenance::Existing existing) {
  const ActingAsOwner owner(file.parent_path());
  std::error_code error;
  if (file.filename().string().starts_with(database.filename().string()) &&
      identity_of(file.parent_path()) == identity_of(database.parent_path())) {
    throw ProgramError(EX_USAGE,
                       fmt::format("{} is the database, or has the name of what belongs to "
                                   "it: name another file",
                                   file.string()));
  }
  if (std::filesystem::is_directory(file, error)) {
    throw ProgramError(EX_CANTCREAT,
                       fmt::format("{} is a directory: name a file in it", file.string()));
  }
  if (existing == StoreMaintenance::Existing::KEEP && std::filesystem::exists(file, error)) {
    throw is_there_already(file);
  }
}

}  // namespace

BackupContents back_up_database(const std::filesystem::path& database,
                                const std::filesystem::path& file,
                                StoreMaintenance::Existing existing,
                                const OnProgress& on_progress) {
  require_a_name_for_it(database, file, existing);
  PartialFile part(file.parent_path());
  const std::int64_t newest_number = copy_database(database, part, on_progress);
  mark_as_without_wal(part);
  fault_point("backup_copied");
  part.sync();
  const ActingAsOwner owner(part.directory());
  const BackupContents contents = contents_of_backup(
      part.path(), "the copy (payhookctl check says whether the database is whole)", Look::QUICK,
      on_progress);
  if (contents.newest_number != newest_number) {
    throw ProgramError(EX_DATAERR, "the copy does not have the newest transaction: try it again");
  }
  part.put_in_place(file, existing);
  return contents;
}

}  // namespace payhook
