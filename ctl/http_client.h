#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "webhook/signer.h"

namespace payhook {

/// Where webhooks are posted to.
class PostUrl {
 public:
  /// One that has no path gets this one. Throws ProgramError (EX_USAGE) for what is no URL of http
  /// or https.
  PostUrl(const std::string& text, const std::string& path);

  const std::string& text() const noexcept { return m_text; }
  const std::string& query() const noexcept { return m_query; }  ///< without its "?"

  /// Whether it leads to nobody but this machine.
  bool is_here() const noexcept { return m_is_here; }

 private:
  std::string m_text;
  std::string m_query;
  bool m_is_here = false;
};

/// What came back.
struct HttpAnswer {
  long status = 0;
  std::string head;  ///< the status line and the headers, as they came
  std::string body;
  std::chrono::microseconds took{};
};

/// Posts webhooks one after the other, over a connection that it keeps. The certificate of this
/// machine is not checked: its name is another one. For one thread.
class HttpClient {
 public:
  /// Throws std::runtime_error where libcurl cannot be used.
  HttpClient();
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Throws ProgramError (EX_UNAVAILABLE), saying why, where no answer comes.
  HttpAnswer post(const PostUrl& url, const OutgoingWebhook& webhook);

 private:
  class Connection;

  std::unique_ptr<Connection> m_connection;
};

}  // namespace payhook
