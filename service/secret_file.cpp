#include "service/secret_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "core/unique_fd.h"

namespace payhook {

namespace {

// A key in PEM has a hundredth of that.
constexpr std::size_t k_max_bytes = 65536;

std::invalid_argument unusable(const std::filesystem::path& file, const std::string& why) {
  return std::invalid_argument(fmt::format("cannot take the secret in {}: {}", file.string(), why));
}

std::string last_error() { return std::generic_category().message(errno); }

/// Root, who checks the configuration, can read what the services cannot.
std::string opening_error(const std::filesystem::path& file) {
  const bool is_denied = errno == EACCES;
  std::string error = last_error();
  if (is_denied) {
    error += fmt::format(
        ": it must be readable for the group _payhook: chgrp _payhook {0}; chmod 0640 {0}",
        file.string());
  }
  return error;
}

/// Whose a secret is must not depend on what else is there: no device, no pipe, nothing for all.
void check_file(int fd, const std::filesystem::path& file) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) {
    throw unusable(file, last_error());
  }
  if (!S_ISREG(status.st_mode)) {
    throw unusable(file, "it is no regular file");
  }
  if ((status.st_mode & (S_IROTH | S_IWOTH)) != 0) {
    throw unusable(file,
                   fmt::format("everybody may read or write it: chmod o-rw {}", file.string()));
  }
}

std::string bytes_of(int fd, const std::filesystem::path& file) {
  std::string bytes(k_max_bytes + 1, '\0');
  std::size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t count = ::read(fd, bytes.data() + size, bytes.size() - size);
    if (count < 0) {
      throw unusable(file, last_error());
    }
    if (count == 0) {
      break;
    }
    size += static_cast<std::size_t>(count);
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace

std::string read_secret_file(const std::filesystem::path& file) {
  // A pipe would be waited for otherwise.
  const UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (fd.get() < 0) {
    throw unusable(file, opening_error(file));
  }
  check_file(fd.get(), file);
  std::string secret = bytes_of(fd.get(), file);
  if (secret.size() > k_max_bytes) {
    throw unusable(file, fmt::format("it has more than {} bytes", k_max_bytes));
  }
  if (secret.ends_with('\n')) {
    secret.resize(secret.size() - (secret.ends_with("\r\n") ? 2 : 1));
  }
  if (secret.empty()) {
    throw unusable(file, "it is empty");
  }
  return secret;
}

}  // namespace payhook
