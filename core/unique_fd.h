#pragma once

#include <unistd.h>

#include <utility>

namespace payhook {

/// Owns a file descriptor and closes it. -1 stands for none.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) noexcept : m_fd(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : m_fd(other.release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    reset(other.release());
    return *this;
  }
  ~UniqueFd() { reset(); }

  int get() const noexcept { return m_fd; }
  explicit operator bool() const noexcept { return m_fd >= 0; }

  /// Gives the descriptor up without closing it.
  int release() noexcept { return std::exchange(m_fd, -1); }

  /// Closes the descriptor and takes `fd` instead.
  void reset(int fd = -1) noexcept {
    const int old = std::exchange(m_fd, fd);
    if (old >= 0) {
      ::close(old);
    }
  }

 private:
  int m_fd = -1;
};

}  // namespace payhook
