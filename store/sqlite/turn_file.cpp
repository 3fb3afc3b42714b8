#include "store/sqlite/turn_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sysexits.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "core/system_error.h"
#include "store/errors.h"
#include "store/sqlite/file_lock.h"

namespace payhook {

namespace {

// The write turn has the two before it.
constexpr off_t k_sessions = 2;
constexpr off_t k_claimer = 3;
constexpr off_t k_receivers = 4;
constexpr off_t k_processors = 5;

off_t byte_of(TurnFile::Role role) {
  return role == TurnFile::Role::RECEIVING ? k_receivers : k_processors;
}

}  // namespace

TurnFile::TurnFile(const std::filesystem::path& file)
    : m_path(file), m_file(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0660)) {
  if (!m_file) {
    throw_errno("cannot open " + file.string());
  }
  m_identity = identity_of(m_file.get());
}

TurnFile::Condition TurnFile::condition() const noexcept {
  char content = static_cast<char>(Condition::IN_USE);
  if (::pread(fd(), &content, 1, 0) < 0) {
    return Condition::BROKEN;  // the disk fails
  }
  const bool is_known = content == static_cast<char>(Condition::CLOSED) ||
                        content == static_cast<char>(Condition::BROKEN);
  return is_known ? static_cast<Condition>(content) : Condition::IN_USE;
}

void TurnFile::set_condition(Condition condition) const {
  const char content = static_cast<char>(condition);
  if (::pwrite(fd(), &content, 1, 0) != 1) {
    throw_errno("cannot write " + m_path.string());
  }
}

void TurnFile::tell_watchers() const noexcept {
  const char content = '.';
  [[maybe_unused]] const auto written = ::pwrite(fd(), &content, 1, 1);
}

bool TurnFile::become_claimer() const {
  return file_lock::try_take(fd(), k_claimer, file_lock::Kind::EXCLUSIVE);
}

// Nobody ever wants it for himself.
void TurnFile::take(Role role) const {
  static_cast<void>(file_lock::try_take(fd(), byte_of(role), file_lock::Kind::SHARED));
}

bool TurnFile::is_taken(Role role) const {
  return file_lock::is_held_by_another(fd(), byte_of(role));
}

void TurnFile::require_in_place() const {
  if (identity_of(m_path) != m_identity) {
    throw StoreBroken(EX_IOERR, fmt::format("{} was moved or removed while it was in use: stop all "
                                            "payhook programs before you do that",
                                            m_path.string()));
  }
}

void TurnFile::require_whole() const {
  require_in_place();
  if (condition() == Condition::BROKEN) {
    throw StoreBroken(EX_IOERR, fmt::format("the disk failed to take what a payhook program wrote "
                                            "({}): all of them start again from the disk",
                                            m_path.string()));
  }
}

bool SessionPlace::is_alone() {
  m_alone = file_lock::try_take(m_file.fd(), k_sessions, file_lock::Kind::EXCLUSIVE);
  return m_alone;
}

bool SessionPlace::wait_until_alone(std::chrono::steady_clock::time_point deadline) const {
  const bool alone =
      file_lock::take_until(m_file.fd(), k_sessions, file_lock::Kind::EXCLUSIVE, deadline);
  if (alone) {
    file_lock::release(m_file.fd(), k_sessions);  // in its turn it will have to see again
  }
  return alone;
}

bool SessionPlace::enter(std::chrono::steady_clock::time_point deadline) {
  // One that has closed it last may still have its place, having given up the turn.
  if (m_alone || m_file.condition() == TurnFile::Condition::CLOSED) {
    m_file.set_condition(TurnFile::Condition::IN_USE);
  }
  m_entered = file_lock::take_until(m_file.fd(), k_sessions, file_lock::Kind::SHARED, deadline);
  return m_entered;
}

void SessionPlace::leave() noexcept {
  try {
    if (m_entered && is_alone() && m_file.condition() == TurnFile::Condition::IN_USE) {
      m_file.set_condition(TurnFile::Condition::CLOSED);
    }
  } catch (const std::system_error&) {
    return;  // the next one will take it for a crash, which is safe
  }
}

}  // namespace payhook
