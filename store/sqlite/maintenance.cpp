#include "store/sqlite/maintenance.h"

#include "store/sqlite/backup.h"
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

}  // namespace payhook
