#pragma once

#include <filesystem>
#include <mutex>

#include "store/sqlite/turn_file.h"
#include "store/sqlite/write_turn.h"

namespace payhook {

/// While it exists no session with a database is open, in any process, and none can be opened: who
/// wants to waits for its turn. So it is for a moment only.
class Standstill {
 public:
  /// Throws ProgramError (EX_UNAVAILABLE) while a payhook program has the database open, and
  /// std::system_error.
  explicit Standstill(const std::filesystem::path& database);

 private:
  WriteTurn m_turn;
  std::unique_lock<WriteTurn> m_lock;
  SessionPlace m_place;
};

}  // namespace payhook
