#include "ctl/pager.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/unique_fd.h"

namespace payhook {

namespace {

/// Whoever may run payhookctl by sudo is not to get a shell by that: less starts none then.
std::string command() {
  // NOLINTBEGIN(concurrency-mt-unsafe): one thread
  if (::getuid() == 0 || std::getenv("SUDO_UID") != nullptr) {
    return "LESSSECURE=1 less -FRX";
  }
  const char* const pager = std::getenv("PAGER");
  // NOLINTEND(concurrency-mt-unsafe)
  return pager != nullptr ? pager : "less -FRX";
}

}  // namespace

std::shared_ptr<Pager> Pager::start() {
  const std::string pager = command();
  std::array<int, 2> ends{-1, -1};
  if (pager.empty() || pager == "cat" || ::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return nullptr;
  }
  const UniqueFd input(ends[0]);
  UniqueFd output(ends[1]);
  posix_spawn_file_actions_t actions{};
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, input.get(), STDIN_FILENO);
  posix_spawnattr_t attributes{};
  sigset_t signals{};
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGPIPE);  // which we ignore
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setsigdefault(&attributes, &signals);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  std::array<std::string, 3> words{"sh", "-c", pager};
  std::array<char*, 4> arguments{words[0].data(), words[1].data(), words[2].data(), nullptr};
  pid_t pid = -1;
  const int error =
      ::posix_spawn(&pid, "/bin/sh", &actions, &attributes, arguments.data(), ::environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  if (error != 0) {
    return nullptr;
  }
  std::FILE* const file = ::fdopen(output.get(), "w");
  if (file == nullptr) {
    return nullptr;  // the pager sees the end of its input
  }
  static_cast<void>(output.release());
  return std::shared_ptr<Pager>(new Pager(file, pid));
}

Pager::~Pager() {
  std::fclose(m_file);
  while (::waitpid(m_pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace payhook
