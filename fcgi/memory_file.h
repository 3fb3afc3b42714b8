#pragma once

#include <string>
#include <string_view>

#include "core/unique_fd.h"

namespace payhook {

/// A file in memory, for whoever reads from descriptors or writes to them only. It is opened once
/// and used again, so that it is there when no descriptor is left.
class MemoryFile {
 public:
  /// Throws std::system_error, as all its member functions do.
  MemoryFile();

  /// Makes these bytes, and nothing else, what is read from the returned descriptor.
  int hold(std::string_view bytes);

  /// All that it has: what it holds, and what was written to the descriptor.
  std::string bytes() const;

  /// To be called when somebody else has closed the descriptor. The next hold() opens another.
  void forget() noexcept { m_file.release(); }

 private:
  UniqueFd m_file;
};

}  // namespace payhook
