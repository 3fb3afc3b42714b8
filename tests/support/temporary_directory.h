#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

namespace payhook::test {

/// A fresh directory of its own, removed with all that is in it. It is the owner's alone (mode
/// 0700) and lies where $TMPDIR says, else in /tmp.
class TemporaryDirectory {
 public:
  /// Throws std::system_error.
  TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "payhook-test.XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
      throw std::system_error(errno, std::generic_category(), "mkdtemp " + name);
    }
    m_path = name;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(m_path, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::filesystem::path& path() const noexcept { return m_path; }

 private:
  std::filesystem::path m_path;
};

}  // namespace payhook::test
