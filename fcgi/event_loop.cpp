#include "fcgi/event_loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "core/event_fd.h"
#include "core/log.h"
#include "core/system_error.h"

namespace payhook {

namespace {

using SteadyClock = std::chrono::steady_clock;

// For a request to arrive whole, from its first byte, and for an answer to be taken. Web servers
// that stream a body to us pass their clients' slowness on.
constexpr std::chrono::seconds k_request_patience{30};

// The same while there is no descriptor left for others.
constexpr std::chrono::seconds k_scarce_patience{3};

// For the first byte on a new connection, likewise: a web server sends it at once, but whether it
// has done so is another moment. A request whose new connection breaks, it does not send again.
constexpr std::chrono::milliseconds k_connect_patience{500};

// With no descriptor left, the listening socket stays readable: not looking at it for a while
// lets connections end.
constexpr std::chrono::milliseconds k_accept_pause{100};

// With no descriptor left, as many idle connections are closed as are accepted at once.
constexpr std::size_t k_closes_at_once = 16;

// For the first requests of connections that were accepted before the end, and rests of answers.
constexpr std::chrono::milliseconds k_finish_patience{500};

// So that a crowd of new connections neither starves the old ones nor all goes to one loop.
constexpr int k_accepts_at_once = 16;

/// Of accept(): whether it concerned one connection only, which has gone.
bool passes(int error) {
  return error == EINTR || error == ECONNABORTED || error == EPROTO || error == EPERM;
}

[[noreturn]] void end_accepting(int error) {
  throw std::system_error(error, std::generic_category(),
                          "the listening socket accepts no connections any more");
}

/// Of accept(): whether it will be the same for ever, since the socket is not listening.
bool stays(int error) {
  return error == EBADF || error == EINVAL || error == ENOTSOCK || error == EOPNOTSUPP;
}

}  // namespace

EventLoop::EventLoop(int listening_socket, std::size_t max_body_bytes, MemoryBudget& budget,
                     Handler handler)
    : m_listening_socket(listening_socket),
      m_handler(std::move(handler)),
      m_epoll(::epoll_create1(EPOLL_CLOEXEC)),
      m_wake(new_eventfd()),
      m_space(max_body_bytes, budget) {
  if (!m_epoll) {
    throw_errno("cannot create an event loop");
  }
  watch(m_wake.get(), EPOLLIN, &m_wake);
  watch_listening_socket();
}

EventLoop::~EventLoop() = default;

EventLoop::Peer::Peer(UniqueFd socket, EventLoop& loop)
    : connection(std::move(socket), loop.m_space.budget,
                 [this, &loop] { loop.go_on_with(*this); }) {}

void EventLoop::run() {
  while (!m_stopping) {
    turn(wait_milliseconds());
    close_overdue();
    resume_accepting();
  }
  finish();
}

/// Tasks and the end do not wait for all events that have come with one: each may be a request
/// that takes long.
void EventLoop::turn(int milliseconds) {
  std::array<epoll_event, 64> events{};
  const int count =
      ::epoll_wait(m_epoll.get(), events.data(), static_cast<int>(events.size()), milliseconds);
  if (count < 0 && errno != EINTR) {
    throw_errno("epoll_wait");
  }
  m_turn_began = SteadyClock::now();
  for (int i = 0; i < count && !is_over(); ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    serve_event(event.events, event.data.ptr);
    run_tasks();
  }
}

/// Whether it has been told to stop, and the time for what comes after that is over as well.
bool EventLoop::is_over() {
  if (!m_stopping) {
    return false;
  }
  if (!m_end) {
    m_end = SteadyClock::now() + k_finish_patience;
  }
  return SteadyClock::now() >= *m_end;
}

void EventLoop::serve_event(unsigned events, void* tag) {
  if (tag == &m_wake) {
    hear_of_tasks();
  } else if (tag != nullptr) {
    serve(*static_cast<Peer*>(tag));
  } else if (!m_stopping) {
    if ((events & (EPOLLHUP | EPOLLERR)) != 0) {
      end_accepting(EINVAL);  // somebody has shut it down, of which accept() says nothing
    }
    accept_connections();
  }
}

/// The web server sends a request again if a connection breaks that it had used before, but not if
/// it is a new one.
void EventLoop::finish() {
  if (m_accepting) {
    ::epoll_ctl(m_epoll.get(), EPOLL_CTL_DEL, m_listening_socket, nullptr);
  }
  while (m_unused + m_rests > 0 && !is_over()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*m_end - SteadyClock::now());
    turn(static_cast<int>(std::max<std::chrono::milliseconds::rep>(left.count(), 0)));
  }
}

void EventLoop::stop() noexcept {
  m_stopping = true;
  ::eventfd_write(m_wake.get(), 1);
}

void EventLoop::post(std::function<void()> task) {
  {
    const std::lock_guard lock(m_tasks_mutex);
    m_tasks.push_back(std::move(task));
  }
  m_has_tasks = true;
  ::eventfd_write(m_wake.get(), 1);
}

void EventLoop::hear_of_tasks() {
  eventfd_t times = 0;
  ::eventfd_read(m_wake.get(), &times);
}

void EventLoop::run_tasks() {
  if (!m_has_tasks) {
    return;
  }
  m_has_tasks = false;
  std::vector<std::function<void()>> tasks;
  {
    const std::lock_guard lock(m_tasks_mutex);
    std::swap(tasks, m_tasks);
  }
  for (const auto& task : tasks) {
    task();
  }
}

void EventLoop::limit_bodies(std::size_t max_body_bytes) noexcept {
  m_space.max_body_bytes = max_body_bytes;
}

void EventLoop::watch(int fd, unsigned events, void* tag) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = tag;
  if (::epoll_ctl(m_epoll.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
    throw_errno("epoll_ctl");
  }
}

/// For epoll_wait: until the next deadline, or -1 where there is none.
int EventLoop::wait_milliseconds() const {
  auto next = SteadyTime::max();
  if (!m_deadlines.empty()) {
    next = m_deadlines.begin()->first;
  }
  if (!m_accepting) {
    next = std::min(next, m_accept_again);
  }
  if (next == SteadyTime::max()) {
    return -1;
  }
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(next - SteadyClock::now());
  return static_cast<int>(std::max<std::chrono::milliseconds::rep>(wait.count(), 0));
}

void EventLoop::accept_connections() {
  for (int i = 0; i < k_accepts_at_once && accept_one(); ++i) {
  }
}

/// Returns whether there may be more to accept. Throws when there never will be.
bool EventLoop::accept_one() {
  UniqueFd socket(::accept4(m_listening_socket, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!socket) {
    const int error = errno;
    if (error != EAGAIN && error != EWOULDBLOCK && !passes(error)) {
      refuse_to_accept(error);
    }
    return passes(error);
  }
  try {
    take_in(std::move(socket));
  } catch (const std::exception& e) {
    pause_accepting(e.what(), k_accept_pause);
    return false;
  }
  return true;
}

void EventLoop::take_in(UniqueFd socket) {
  auto peer = std::make_unique<Peer>(std::move(socket), *this);
  Peer* const tag = peer.get();
  tag->last_turn = m_turn_began;
  m_peers.emplace(tag, std::move(peer));
  try {
    watch(tag->connection.fd(), EPOLLIN | EPOLLONESHOT, tag);
  } catch (const std::system_error&) {
    m_peers.erase(tag);
    throw;
  }
  ++m_unused;
}

void EventLoop::refuse_to_accept(int error) {
  if (stays(error)) {
    end_accepting(error);
  }
  const bool makes_room = (error == EMFILE || error == ENFILE) && close_longest_waiting() > 0;
  // The loop hears of what was closed before it is told of the listening socket again.
  pause_accepting(std::generic_category().message(error),
                  makes_room ? std::chrono::milliseconds{0} : k_accept_pause);
}

/// Ends the connections that have been idle for longest or, where none is idle, those that have
/// been sending a request, or taking an answer, for longest, and for long. They are closed when
/// epoll tells of it, as any that ends, since the thread that answered on one may be arming it
/// still.
std::size_t EventLoop::close_longest_waiting() {
  std::vector<Peer*> chosen = idle_peers();
  const std::size_t count = std::min(chosen.size(), k_closes_at_once);
  std::partial_sort(chosen.begin(), chosen.begin() + static_cast<std::ptrdiff_t>(count),
                    chosen.end(),
                    [](const Peer* a, const Peer* b) { return a->last_turn < b->last_turn; });
  chosen.resize(count);
  const auto overdue = SteadyClock::now() + k_request_patience - k_scarce_patience;
  for (auto next = m_deadlines.begin(); count == 0 && chosen.size() < k_closes_at_once &&
                                        next != m_deadlines.end() && next->first < overdue;
       ++next) {
    chosen.push_back(next->second);
  }
  for (const Peer* peer : chosen) {
    ::shutdown(peer->connection.fd(), SHUT_RDWR);
  }
  return chosen.size();
}

/// Those that have not begun a request, and have had the time to.
std::vector<EventLoop::Peer*> EventLoop::idle_peers() const {
  const auto connected_before = SteadyClock::now() - k_connect_patience;
  std::vector<Peer*> idle;
  for (const auto& [peer, owner] : m_peers) {
    const bool has_had_time = peer->is_used || peer->last_turn < connected_before;
    if (has_had_time && peer->handed_back.load(std::memory_order_acquire) && !peer->deadline &&
        !peer->connection.has_input()) {
      idle.push_back(peer);
    }
  }
  return idle;
}

void EventLoop::pause_accepting(const std::string& why, std::chrono::milliseconds pause) {
  log::report(log::Event::CONNECTION_TROUBLE, "cannot accept a connection: {}", why);
  ::epoll_ctl(m_epoll.get(), EPOLL_CTL_DEL, m_listening_socket, nullptr);
  m_accepting = false;
  m_accept_again = SteadyClock::now() + pause;
}

void EventLoop::resume_accepting() {
  if (m_accepting || SteadyClock::now() < m_accept_again) {
    return;
  }
  try {
    watch_listening_socket();
  } catch (const std::system_error&) {
    m_accept_again = SteadyClock::now() + k_accept_pause;
  }
}

void EventLoop::watch_listening_socket() {
  watch(m_listening_socket, EPOLLIN | EPOLLEXCLUSIVE, nullptr);
  m_accepting = true;
}

/// After an answer, by the thread that gave it. Deadlines are the loop's, so it sees to the rest.
void EventLoop::go_on_with(Peer& peer) {
  if (peer.connection.has_rest()) {
    post([this, &peer] { wait_to_send(peer); });
  } else {
    arm(peer);
  }
}

void EventLoop::wait_to_send(Peer& peer) {
  ++m_rests;
  wait_for_more(peer);
}

void EventLoop::serve(Peer& peer) {
  peer.handed_back.load(std::memory_order_acquire);
  peer.last_turn = m_turn_began;
  if (peer.connection.has_rest()) {
    send_rest(peer);
    return;
  }
  switch (receive(peer)) {
    case FastCgiConnection::Input::REQUEST:
      clear_deadline(peer);
      set_used(peer);
      peer.handed_back.store(false, std::memory_order_relaxed);
      m_handler(peer.connection);
      break;
    case FastCgiConnection::Input::INCOMPLETE:
      wait_for_more(peer);
      break;
    case FastCgiConnection::Input::CLOSED:
      close(peer);
      break;
  }
}

void EventLoop::send_rest(Peer& peer) {
  peer.connection.send_rest();
  if (!peer.connection.has_rest()) {
    --m_rests;
    clear_deadline(peer);
  }
  arm(peer);
}

FastCgiConnection::Input EventLoop::receive(Peer& peer) noexcept {
  try {
    return peer.connection.receive(m_space);
  } catch (const std::exception& e) {
    log::report(log::Event::CONNECTION_TROUBLE, "a connection was dropped: {}", e.what());
    return FastCgiConnection::Input::CLOSED;
  }
}

void EventLoop::wait_for_more(Peer& peer) {
  if (!peer.deadline) {
    peer.deadline = SteadyClock::now() + k_request_patience;
    m_deadlines.emplace(*peer.deadline, &peer);
  }
  arm(peer);
}

void EventLoop::clear_deadline(Peer& peer) {
  if (peer.deadline) {
    m_deadlines.erase({*peer.deadline, &peer});
    peer.deadline.reset();
  }
}

void EventLoop::close_overdue() {
  while (!m_deadlines.empty() && m_deadlines.begin()->first <= SteadyClock::now()) {
    close(*m_deadlines.begin()->second);
  }
}

void EventLoop::close(Peer& peer) {
  m_rests -= peer.connection.has_rest() ? 1 : 0;
  clear_deadline(peer);
  set_used(peer);
  m_peers.erase(&peer);
}

void EventLoop::set_used(Peer& peer) noexcept {
  m_unused -= peer.is_used ? 0 : 1;
  peer.is_used = true;
}

/// Asks for the next event of a peer, once. Until then epoll tells nothing of it, not even that it
/// hung up: so nobody but its answerer touches it while its request waits.
void EventLoop::arm(Peer& peer) const noexcept {
  epoll_event event{};
  event.events = (peer.connection.has_rest() ? EPOLLOUT : EPOLLIN) | EPOLLONESHOT;
  event.data.ptr = &peer;
  const int fd = peer.connection.fd();
  peer.handed_back.store(true, std::memory_order_release);
  ::epoll_ctl(m_epoll.get(), EPOLL_CTL_MOD, fd, &event);
}

}  // namespace payhook
