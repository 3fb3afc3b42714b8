// The other limit to measure against: two threads that wait for all connections, answer every
// request at once and store nothing. Not a model to follow: libfcgi's calls block, so a peer that
// sends half a request stops a thread.
//
// Usage: event_responder SOCKET

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <thread>

#include "bench/contenders/do_nothing.h"

namespace {

void watch(int epoll, int fd, unsigned events, FCGX_Request* request) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = request;
  ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

void accept_connection(int epoll, int listening_socket) {
  const int connection = ::accept4(listening_socket, nullptr, nullptr, SOCK_CLOEXEC);
  if (connection < 0) {
    return;  // the other thread was faster
  }
  auto request = std::make_unique<FCGX_Request>();
  // Without a listening socket libfcgi cannot go on to another connection when this one ends.
  FCGX_InitRequest(request.get(), -1, 0);
  request->ipcFd = connection;
  request->keepConnection = 1;
  watch(epoll, connection, EPOLLIN, request.release());
}

void serve_request(FCGX_Request* request) {
  FCGX_Detach(request);
  if (FCGX_Accept_r(request) == 0) {
    answer(*request);
  } else {
    delete request;  // its peer has gone, and libfcgi has closed it
  }
}

void serve(int listening_socket) {
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  watch(epoll, listening_socket, EPOLLIN | EPOLLEXCLUSIVE, nullptr);
  std::array<epoll_event, 64> events;
  for (;;) {
    const int count = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      auto* const request =
          static_cast<FCGX_Request*>(events[static_cast<std::size_t>(i)].data.ptr);
      if (request == nullptr) {
        accept_connection(epoll, listening_socket);
      } else {
        serve_request(request);
      }
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "Usage: event_responder SOCKET\n";
    return EXIT_FAILURE;
  }
  const int listening_socket = listen_at(argv[1]);
  ::fcntl(listening_socket, F_SETFL, O_NONBLOCK);
  std::thread other(serve, listening_socket);
  serve(listening_socket);
}
