#include "daemon/handlers/program.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>
#include <vector>

#include "core/system_error.h"
#include "daemon/handlers/delivery_text.h"
#include "daemon/handlers/pipe.h"
#include "daemon/handlers/spawn.h"

namespace payhook {

namespace {

constexpr std::size_t k_read_at_once = 65536;

/// Ours only: whoever starts a program expects ends that wait.
void make_non_blocking(const UniqueFd& fd) {
  if (::fcntl(fd.get(), F_SETFL, O_NONBLOCK) != 0) {
    throw_errno("fcntl");
  }
}

}  // namespace

Program::Program(const Delivery& delivery, Time now)
    : m_claim(delivery.claimed.claim),
      m_timeout(delivery.handler->timeout),
      m_input(delivery_json(delivery.claimed)),
      m_deadline(now + m_timeout) {
  Pipe input = new_pipe();
  Pipe output = new_pipe();
  make_non_blocking(input.writing);
  make_non_blocking(output.reading);
  // None of ours: systemd's sockets and credentials are nobody else's.
  std::vector<std::string> environment = delivery_environment(delivery.claimed);
  environment.emplace_back("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  environment.emplace_back("LANG=C.UTF-8");
  m_pid = spawn({std::get<ExecHandler>(delivery.handler->what).command, std::move(environment),
                 input.reading.get(), output.writing.get()});
  m_stdin = std::move(input.writing);
  m_stdout = std::move(output.reading);
}

void Program::watch(int epoll) {
  // By its number: glibc 2.36 declares pidfd_open() for C alone.
  m_process.reset(static_cast<int>(::syscall(SYS_pidfd_open, m_pid, 0)));
  if (!m_process) {
    throw_errno("pidfd_open");
  }
  watch(epoll, m_process, EPOLLIN);
  watch(epoll, m_stdout, EPOLLIN);
  watch(epoll, m_stdin, EPOLLOUT);
}

void Program::watch(int epoll, const UniqueFd& fd, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = this;
  if (::epoll_ctl(epoll, EPOLL_CTL_ADD, fd.get(), &event) != 0) {
    throw_errno("epoll_ctl");
  }
}

Program::~Program() {
  if (m_pid > 0) {
    signal_group(SIGKILL);
    ::waitpid(m_pid, nullptr, 0);
  }
}

std::optional<AttemptResult> Program::advance(Time now) {
  if (m_stdin) {
    write_input();
  }
  if (m_stdout) {
    read_output();
  }
  if (has_ended()) {
    return result();
  }
  keep_time(now);
  return std::nullopt;
}

/// Without waiting for it: until that its number, which is also its group's, is nobody else's.
bool Program::has_ended() const {
  siginfo_t info{};
  if (::waitid(P_PIDFD, static_cast<id_t>(m_process.get()), &info, WEXITED | WNOHANG | WNOWAIT) !=
      0) {
    throw_errno("waitid");
  }
  return info.si_pid != 0;
}

/// A program need not read it.
void Program::write_input() {
  const ssize_t written =
      ::write(m_stdin.get(), m_input.data() + m_written, m_input.size() - m_written);
  if (written >= 0) {
    m_written += static_cast<std::size_t>(written);
  } else if (errno != EAGAIN && errno != EINTR) {
    m_written = m_input.size();
  }
  if (m_written == m_input.size()) {
    m_stdin.reset();
    m_input = {};
    m_written = 0;
  }
}

/// One piece at a time, so that a program that floods us keeps no other waiting.
void Program::read_output() {
  std::array<char, k_read_at_once> bytes{};
  const ssize_t size = ::read(m_stdout.get(), bytes.data(), bytes.size());
  if (size > 0) {
    m_output.append({bytes.data(), static_cast<std::size_t>(size)});
  } else if (size == 0 || (errno != EAGAIN && errno != EINTR)) {
    m_stdout.reset();
  }
}

void Program::keep_time(Time now) noexcept {
  if (now < m_deadline) {
    return;
  }
  signal_group(m_is_late ? SIGKILL : SIGTERM);
  m_is_late = true;
  m_deadline = now + k_from_term_to_kill;
}

void Program::interrupt() noexcept {
  m_is_interrupted = true;
  signal_group(SIGKILL);
}

void Program::signal_group(int signal) const noexcept { ::kill(-m_pid, signal); }

AttemptResult Program::result() {
  signal_group(SIGKILL);
  int status = 0;
  if (::waitpid(m_pid, &status, 0) < 0) {
    throw_errno("waitpid");
  }
  m_pid = -1;
  if (m_stdout) {
    read_output();  // all that is left: a pipe holds no more
  }
  AttemptResult result = result_of_exit(status);
  result.output = m_output.text();
  return result;
}

AttemptResult Program::result_of_exit(int status) const {
  using enum AttemptResult::End;
  if (WIFEXITED(status)) {
    const int code = WEXITSTATUS(status);
    return {m_claim,
            code == 0           ? DONE
            : code == k_give_up ? GIVE_UP
                                : TRY_AGAIN,
            code == 0 ? "" : fmt::format("exit status {}", code)};
  }
  if (m_is_interrupted) {
    return {m_claim, INTERRUPTED, "payhookd was stopped"};
  }
  if (m_is_late) {
    return {m_claim, TRY_AGAIN, fmt::format("it did not end within {} s", m_timeout.count())};
  }
  const int signal = WTERMSIG(status);
  return {m_claim, TRY_AGAIN,
          fmt::format("ended by signal {} (SIG{})", signal, ::sigabbrev_np(signal))};
}

}  // namespace payhook
