#pragma once

#include <sys/types.h>

#include <chrono>

/// Locks on single bytes of a file, kept by the open file description (not by the process, as
/// POSIX's are): a crash releases them, and closing another descriptor of the file does not.
namespace payhook::file_lock {

enum class Kind { SHARED, EXCLUSIVE };

/// Takes the lock, or makes of one kind the other, if that needs no waiting. Throws
/// std::system_error.
[[nodiscard]] bool try_take(int file, off_t byte, Kind kind);

/// Waits for the lock, without polling. Returns false when the deadline passes first. Throws
/// std::system_error.
[[nodiscard]] bool take_until(int file, off_t byte, Kind kind,
                              std::chrono::steady_clock::time_point deadline);

/// Whether another open file description holds it, of either kind. Throws std::system_error.
[[nodiscard]] bool is_held_by_another(int file, off_t byte);

void release(int file, off_t byte) noexcept;

}  // namespace payhook::file_lock
