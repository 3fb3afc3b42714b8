// The limit to measure against: libfcgi's textbook loop, a thread for each connection, that answers
// every request at once and stores nothing.
//
// Usage: textbook_responder SOCKET THREADS

#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "bench/contenders/do_nothing.h"

namespace {

void serve(int listening_socket) {
  FCGX_Request request;
  FCGX_InitRequest(&request, listening_socket, 0);
  while (FCGX_Accept_r(&request) == 0) {
    answer(request);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "Usage: textbook_responder SOCKET THREADS\n";
    return EXIT_FAILURE;
  }
  const int listening_socket = listen_at(argv[1]);
  std::vector<std::thread> threads;
  for (int i = 0; i < std::stoi(argv[2]); ++i) {
    threads.emplace_back(serve, listening_socket);
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
}
