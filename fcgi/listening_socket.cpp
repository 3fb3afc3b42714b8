#include "fcgi/listening_socket.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sysexits.h>

#include <cerrno>
#include <system_error>

#include "core/program_error.h"
#include "service/service_manager.h"

namespace payhook {

namespace {

// The kernel caps it at net.core.somaxconn.
constexpr int k_backlog = 4096;

ProgramError bind_error(const std::filesystem::path& path) {
  return {EX_CANTCREAT,
          fmt::format("cannot listen on {}: {}; make its directory writable for user id {}, or "
                      "change responder.listen in the configuration",
                      path.string(), std::generic_category().message(errno), ::geteuid())};
}

sockaddr_un address_of(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.string().size() >= sizeof address.sun_path) {
    throw ProgramError(EX_CONFIG,
                       fmt::format("responder.listen = {} is too long for a unix socket: use at "
                                   "most {} bytes",
                                   path.string(), sizeof address.sun_path - 1));
  }
  path.string().copy(address.sun_path, sizeof address.sun_path - 1);
  return address;
}

/// While it is held, the socket at `path` is ours: whatever stands there is left over from a
/// program that has ended. A lock on the socket itself is not to be had, and connecting to find out
/// whether somebody listens would race with another start.
UniqueFd lock_path(const std::filesystem::path& path) {
  UniqueFd lock(::open((path.string() + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0660));
  if (!lock && errno == ENOENT) {
    throw ProgramError(EX_CANTCREAT,
                       fmt::format("the directory {} does not exist: create it, or change "
                                   "responder.listen in the configuration",
                                   path.parent_path().string()));
  }
  if (!lock) {
    throw bind_error(path);
  }
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) {
      throw bind_error(path);
    }
    throw ProgramError(EX_UNAVAILABLE,
                       fmt::format("another payhook-fcgi listens on {}: stop it first, or change "
                                   "responder.listen in the configuration",
                                   path.string()));
  }
  return lock;
}

void remove_leftover_socket(const std::filesystem::path& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0) {
    if (!S_ISSOCK(status.st_mode)) {
      throw ProgramError(EX_CANTCREAT,
                         fmt::format("cannot listen on {}: something that is no socket stands "
                                     "there; move it away, or change responder.listen in the "
                                     "configuration",
                                     path.string()));
    }
    ::unlink(path.c_str());
  }
}

int socket_option(int fd, int option) {
  int value = 0;
  socklen_t size = sizeof value;
  return ::getsockopt(fd, SOL_SOCKET, option, &value, &size) == 0 ? value : 0;
}

bool is_listening(int fd) {
  return socket_option(fd, SO_TYPE) == SOCK_STREAM && socket_option(fd, SO_ACCEPTCONN) != 0;
}

}  // namespace

ListeningSocket::ListeningSocket(UniqueFd socket, UniqueFd lock, std::filesystem::path path)
    : m_socket(std::move(socket)), m_lock(std::move(lock)), m_path(std::move(path)) {}

ListeningSocket::~ListeningSocket() {
  if (!m_path.empty()) {
    ::unlink(m_path.c_str());
  }
}

std::unique_ptr<ListeningSocket> ListeningSocket::inherited() {
  const int handed_over = service_manager::handed_over_sockets();
  if (handed_over > 1) {
    throw ProgramError(EX_CONFIG, fmt::format("{} sockets were handed over: configure the socket "
                                              "unit with one",
                                              handed_over));
  }
  const int fd = handed_over == 1 ? service_manager::k_first_socket : STDIN_FILENO;
  if (!is_listening(fd)) {
    if (handed_over == 1) {
      throw ProgramError(EX_CONFIG,
                         "what was handed over is no listening socket: configure the "
                         "socket unit with one ListenStream= and Accept=no");
    }
    return nullptr;
  }
  UniqueFd socket(fd);
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
  return std::unique_ptr<ListeningSocket>(new ListeningSocket(std::move(socket), {}, {}));
}

std::unique_ptr<ListeningSocket> ListeningSocket::bind(const std::filesystem::path& path) {
  const sockaddr_un address = address_of(path);
  UniqueFd lock = lock_path(path);
  remove_leftover_socket(path);
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  // The mode is set before anyone can connect.
  if (!socket ||
      ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::chmod(path.c_str(), S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP) != 0 ||
      ::listen(socket.get(), k_backlog) != 0) {
    throw bind_error(path);
  }
  return std::unique_ptr<ListeningSocket>(
      new ListeningSocket(std::move(socket), std::move(lock), path));
}

}  // namespace payhook
