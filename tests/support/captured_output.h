#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "core/unique_fd.h"
#include "tests/support/temporary_directory.h"

namespace payhook::test {

/// While it exists, what this process writes to a descriptor (1 or 2) goes to a file instead.
class CapturedOutput {
 public:
  explicit CapturedOutput(int descriptor)
      : m_descriptor(descriptor), m_original(::dup(descriptor)) {
    flush();
    const UniqueFd file(::open(m_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    ::dup2(file.get(), m_descriptor);
  }
  ~CapturedOutput() { stop(); }
  CapturedOutput(const CapturedOutput&) = delete;
  CapturedOutput& operator=(const CapturedOutput&) = delete;

  /// Ends the capture and returns what was written.
  std::string stop() {
    if (m_original) {
      flush();
      ::dup2(m_original.get(), m_descriptor);
      m_original.reset();
    }
    std::ifstream file(m_file);
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  static void flush() {
    std::fflush(nullptr);
    std::cout.flush();
  }

  TemporaryDirectory m_directory;
  std::filesystem::path m_file = m_directory.path() / "output";
  int m_descriptor;
  UniqueFd m_original;
};

}  // namespace payhook::test
