#pragma once

#include <fcgiapp.h>
#include <sys/stat.h>

#include <array>
#include <csignal>

// What the responders that do nothing share.

/// Reads the body and answers as payhook does, having stored nothing.
inline void answer(FCGX_Request& request) {
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

/// Prepares libfcgi, and returns a socket that listens at the path.
inline int listen_at(const char* path) {
  FCGX_Init();
  std::signal(SIGTERM, SIG_DFL);  // libfcgi's handler would only leave a note
  ::umask(0);
  return FCGX_OpenSocket(path, 4096);
}
