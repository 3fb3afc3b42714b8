#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "core/unique_fd.h"
#include "ctl/doctor/checks.h"

namespace payhook::doctor {

namespace {

/// 0, or why it cannot be connected to.
int error_of_connecting(const std::string& path) {
  struct sockaddr_un address {};
  if (path.size() >= sizeof address.sun_path) {
    return ENAMETOOLONG;
  }
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  const UniqueFd connection(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const auto* const named = reinterpret_cast<const struct sockaddr*>(&address);
  return connection && ::connect(connection.get(), named, sizeof address) == 0 ? 0 : errno;
}

}  // namespace

Finding check_socket(const std::filesystem::path& socket) {
  using Level = Finding::Level;
  const std::string name = socket.string();
  const int error = error_of_connecting(name);
  switch (error) {
    case 0:
      return {Level::OK, fmt::format("the socket {} takes requests", name)};
    case ENOENT:
      return {Level::WARNING, fmt::format("there is no socket {}", name),
              "systemctl start payhook-fcgi.socket, unless the web server starts payhook-fcgi for "
              "each request, as CGI"};
    case ECONNREFUSED:
      return {Level::PROBLEM, fmt::format("nobody listens at the socket {}", name),
              "systemctl restart payhook-fcgi.socket; its journal says why it closed"};
    case EAGAIN:
      return {Level::PROBLEM, fmt::format("the queue of the socket {} is full", name),
              "systemctl status payhook-fcgi says what the responder waits for"};
    case EACCES:
      return {Level::WARNING, fmt::format("this user may not connect to the socket {}", name),
              "run this as root"};
    default:
      return {Level::PROBLEM,
              fmt::format("the socket {} cannot be connected to: {}", name,
                          std::generic_category().message(error)),
              "mend 'listen' in the settings, or what stands in its place"};
  }
}

}  // namespace payhook::doctor
