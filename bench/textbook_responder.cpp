// The limit to measure against: libfcgi's textbook loop, a thread for each connection, that answers
// every request at once and stores nothing.
//
// Usage: textbook_responder SOCKET THREADS

#include <fcgiapp.h>
#include <sys/stat.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

namespace {

void serve(int socket) {
  FCGX_Request request;
  FCGX_InitRequest(&request, socket, 0);
  while (FCGX_Accept_r(&request) == 0) {
    std::array<char, 8192> chunk;
    while (FCGX_GetStr(chunk.data(), static_cast<int>(chunk.size()), request.in) > 0) {
    }
    FCGX_PutS(
        "Status: 202 Accepted\r\n"
        "Content-Type: application/json\r\n"
        "Content-Length: 31\r\n"
        "\r\n"
        "{\"message\": \"Webhook received\"}",
        request.out);
    FCGX_Finish_r(&request);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "Usage: textbook_responder SOCKET THREADS\n";
    return EXIT_FAILURE;
  }
  FCGX_Init();
  std::signal(SIGTERM, SIG_DFL);  // libfcgi's handler would only leave a note
  ::umask(0);
  const int socket = FCGX_OpenSocket(argv[1], 4096);
  std::vector<std::thread> threads;
  for (int i = 0; i < std::stoi(argv[2]); ++i) {
    threads.emplace_back(serve, socket);
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
}
