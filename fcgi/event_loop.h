#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/unique_fd.h"
#include "fcgi/fastcgi_connection.h"

namespace payhook {

/// What requests may hold that have come in part, and answers that have been taken in part, in all
/// loops of a program: 64 of the largest requests there can be, or a thousand of the default limit.
inline constexpr std::size_t k_receiving_bytes = std::size_t{64} << 20;

/// Waits on a listening socket and on the connections that it accepted from it, and hands each
/// request that has arrived to a handler. It never waits for a peer, so one that is silent or slow
/// delays nobody else. Several loops may share a listening socket.
class EventLoop {
 public:
  /// Gets each request, in the loop's thread, and sees to it that it is answered, then or later.
  using Handler = std::function<void(Exchange&)>;

  /// Does not own `listening_socket`, which must be non-blocking. All loops of a program share
  /// `budget`, which must outlive them. Throws std::system_error.
  EventLoop(int listening_socket, std::size_t max_body_bytes, MemoryBudget& budget,
            Handler handler);

  /// Closes the connections. All requests must have been answered.
  ~EventLoop();

  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  /// Runs until stop(). Throws std::system_error when the kernel refuses to tell of events, or the
  /// listening socket is none.
  void run();

  /// Ends run(), which accepts no connection any more, but still takes the first request of each
  /// that it has accepted, and sends what is left of answers, for half a second. Any thread may
  /// call it.
  void stop() noexcept;

  /// Has run() call `task` in its thread, after the request at hand. Any thread may call it.
  void post(std::function<void()> task);

  /// Changes the size that a body may have. To be called in the loop's thread.
  void limit_bodies(std::size_t max_body_bytes) noexcept;

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;

  struct Peer {
    Peer(UniqueFd socket, EventLoop& loop);

    FastCgiConnection connection;
    bool is_used = false;                // whether it has brought a request
    SteadyTime last_turn;                // when the one began that accepted or served it last
    std::optional<SteadyTime> deadline;  // for the rest of a request, or of an answer
    // By the answering thread, which may be arming it still. The kernel orders what it did before
    // what the loop does next, but the language does not know: this says so.
    std::atomic<bool> handed_back = true;
  };

  void watch(int fd, unsigned events, void* tag);
  void turn(int milliseconds);
  bool is_over();
  void serve_event(unsigned events, void* tag);
  void finish();
  void hear_of_tasks();
  void run_tasks();
  int wait_milliseconds() const;
  void accept_connections();
  bool accept_one();
  void take_in(UniqueFd socket);
  void refuse_to_accept(int error);
  std::size_t close_longest_waiting();
  std::vector<Peer*> idle_peers() const;
  void pause_accepting(const std::string& why, std::chrono::milliseconds pause);
  void resume_accepting();
  void watch_listening_socket();
  void go_on_with(Peer& peer);
  void wait_to_send(Peer& peer);
  void serve(Peer& peer);
  void send_rest(Peer& peer);
  FastCgiConnection::Input receive(Peer& peer) noexcept;
  void wait_for_more(Peer& peer);
  void clear_deadline(Peer& peer);
  void close_overdue();
  void close(Peer& peer);
  void set_used(Peer& peer) noexcept;
  void arm(Peer& peer) const noexcept;

  const int m_listening_socket;
  const Handler m_handler;
  UniqueFd m_epoll;
  UniqueFd m_wake;
  std::atomic<bool> m_stopping = false;
  std::mutex m_tasks_mutex;
  std::vector<std::function<void()>> m_tasks;
  std::atomic<bool> m_has_tasks = false;
  ReceivingSpace m_space;
  SteadyTime m_turn_began;
  bool m_accepting = false;
  SteadyTime m_accept_again;
  std::optional<SteadyTime> m_end;  // once it has been told to stop
  std::size_t m_unused = 0;
  std::size_t m_rests = 0;  // of answers
  std::unordered_map<Peer*, std::unique_ptr<Peer>> m_peers;
  std::set<std::pair<SteadyTime, Peer*>> m_deadlines;  // of all peers that have one
};

}  // namespace payhook
