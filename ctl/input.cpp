#include "ctl/input.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sysexits.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "core/program_error.h"
#include "core/unique_fd.h"

namespace payhook {

namespace {

// No source takes longer bodies.
constexpr std::size_t k_most_bytes = std::size_t{1} << 20;

ProgramError unreadable(const std::string& file, const std::string& why) {
  return {EX_NOINPUT,
          fmt::format("cannot read {}: {}", file == "-" ? "standard input" : file, why)};
}

}  // namespace

std::string read_input(const std::string& file) {
  const UniqueFd opened(file == "-" ? -1 : ::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (file != "-" && !opened) {
    throw unreadable(file, std::generic_category().message(errno));
  }
  const int fd = file == "-" ? STDIN_FILENO : opened.get();
  std::string bytes(k_most_bytes + 1, '\0');
  std::size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t count = ::read(fd, bytes.data() + size, bytes.size() - size);
    if (count < 0) {
      throw unreadable(file, std::generic_category().message(errno));
    }
    if (count == 0) {
      break;
    }
    size += static_cast<std::size_t>(count);
  }
  if (size > k_most_bytes) {
    throw unreadable(file, fmt::format("it has more than {} bytes", k_most_bytes));
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace payhook
