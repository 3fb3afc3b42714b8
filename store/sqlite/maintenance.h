#pragma once

#include <filesystem>

#include "store/maintenance.h"

namespace payhook {

/// What operators do with a SQLite database as a whole.
class SqliteMaintenance final : public StoreMaintenance {
 public:
  explicit SqliteMaintenance(const std::filesystem::path& database);

  BackupContents back_up(const std::filesystem::path& file, Existing existing,
                         const OnProgress& on_progress) override;
  Restored restore(const std::filesystem::path& backup, Timestamp now,
                   const OnProgress& on_progress) override;
  BackupContents drill(const std::filesystem::path& backup, const OnProgress& on_progress) override;

  std::int64_t check(Depth depth, const OnFlaw& on_flaw, const OnProgress& on_progress) override;

 private:
  const std::filesystem::path m_database;
};

}  // namespace payhook
