#include "store/sqlite/standstill.h"

#include <fmt/format.h>
#include <sysexits.h>

#include <chrono>

#include "core/program_error.h"

namespace payhook {

namespace {

constexpr std::chrono::seconds k_patience{3};

}  // namespace

Standstill::Standstill(const std::filesystem::path& database)
    : m_turn(TurnFile::beside(database)),
      m_lock(m_turn, std::chrono::steady_clock::now() + k_patience),
      m_place(m_turn.file()) {
  if (!m_lock || !m_place.is_alone()) {
    throw ProgramError(
        EX_UNAVAILABLE,
        fmt::format("payhook programs have {} open: stop them first, with systemctl stop "
                    "payhook-fcgi.socket payhook-fcgi payhookd; nothing was changed",
                    database.string()));
  }
}

}  // namespace payhook
