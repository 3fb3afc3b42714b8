#include "store/sqlite/write_turn.h"

#include "store/sqlite/file_lock.h"

namespace payhook {

namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

// Who wants the turn holds the place in the queue (byte 0) only until it has the turn (byte 1). So
// one that has just had its turn and wants it again queues up behind the one that waits.
constexpr off_t k_place = 0;
constexpr off_t k_turn = 1;

/// The place in the queue, given up when it goes out of scope.
class Place {
 public:
  explicit Place(int file) noexcept : m_file(file) {}
  ~Place() { file_lock::release(m_file, k_place); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

 private:
  int m_file;
};

}  // namespace

bool WriteTurn::try_lock_until(SteadyTime deadline) {
  m_had_to_wait = false;
  if (!take(k_place, deadline)) {
    return false;
  }
  const Place place(m_file.fd());
  return take(k_turn, deadline);
}

bool WriteTurn::take(off_t byte, SteadyTime deadline) {
  if (file_lock::try_take(m_file.fd(), byte, file_lock::Kind::EXCLUSIVE)) {
    return true;
  }
  m_had_to_wait = true;
  return file_lock::take_until(m_file.fd(), byte, file_lock::Kind::EXCLUSIVE, deadline);
}

void WriteTurn::unlock() noexcept { file_lock::release(m_file.fd(), k_turn); }

}  // namespace payhook
