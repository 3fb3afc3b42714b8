#include "store/sqlite/maintenance.h"

#include "core/become_owner.h"
#include "store/sqlite/backup.h"
#include "store/sqlite/check.h"
#include "store/sqlite/database_file.h"
#include "store/sqlite/restore.h"

namespace payhook {

SqliteMaintenance::SqliteMaintenance(const std::filesystem::path& database)
    : m_database(resolved(database)) {}

BackupContents SqliteMaintenance::back_up(const std::filesystem::path& file, Existing existing,
                                          const OnProgress& on_progress) {
  return back_up_database(m_database, file, existing, on_progress);
}

Restored SqliteMaintenance::restore(const std::filesystem::path& backup, Timestamp now,
                                    const OnProgress& on_progress) {
  return restore_database(m_database, backup, now, on_progress);
}

BackupContents SqliteMaintenance::drill(const std::filesystem::path& backup,
                                        const OnProgress& on_progress) {
  return drill_restore(m_database, backup, on_progress);
}

std::int64_t SqliteMaintenance::check(Depth depth, const OnFlaw& on_flaw,
                                      const OnProgress& on_progress) {
  const ActingAsOwner owner(m_database.parent_path());
  DatabaseCheck check(m_database, on_flaw, on_progress);
  if (depth == Depth::FULL) {
    check.check_structure();
  }
  const std::int64_t transactions = check.check_transactions();
  check.check_attempts();
  return transactions;
}

}  // namespace payhook
