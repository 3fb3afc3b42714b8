#pragma once

#include <curl/curl.h>
#include <fmt/format.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace payhook {

/// Throws std::runtime_error for what libcurl could not do.
inline void check_curl(CURLcode code) {
  if (code != CURLE_OK) {
    throw std::runtime_error(fmt::format("libcurl: {}", ::curl_easy_strerror(code)));
  }
}

/// One request of libcurl's, with the headers that it sends. What options point to is the caller's,
/// and must last as long. For one thread at a time. Member functions throw std::runtime_error.
class CurlRequest {
 public:
  CurlRequest() : m_easy((prepare_library(), ::curl_easy_init())) {
    if (m_easy == nullptr) {
      throw std::runtime_error("libcurl: no memory");
    }
    set(CURLOPT_NOSIGNAL, 1L);
  }

  CURL* easy() const noexcept { return m_easy.get(); }

  template <typename Value>
  void set(CURLoption option, Value value) {
    check_curl(::curl_easy_setopt(m_easy.get(), option, value));
  }

  /// One without a value is not sent, even where libcurl would by itself.
  void add_header(std::string_view name, std::string_view value) {
    const std::string line = fmt::format("{}:{}{}", name, value.empty() ? "" : " ", value);
    curl_slist* const list = ::curl_slist_append(m_headers.get(), line.c_str());
    if (list == nullptr) {
      throw std::runtime_error("libcurl: no memory");
    }
    static_cast<void>(m_headers.release());
    m_headers.reset(list);
    set(CURLOPT_HTTPHEADER, m_headers.get());
  }

  /// Throws std::runtime_error. Called by whoever uses libcurl without a request.
  static void prepare_library() {
    static const CURLcode initialised = ::curl_global_init(CURL_GLOBAL_DEFAULT);
    check_curl(initialised);
  }

 private:
  struct Free {
    void operator()(CURL* easy) const noexcept { ::curl_easy_cleanup(easy); }
    void operator()(curl_slist* list) const noexcept { ::curl_slist_free_all(list); }
  };

  std::unique_ptr<curl_slist, Free> m_headers;
  std::unique_ptr<CURL, Free> m_easy;  // first to go: it points to them
};

}  // namespace payhook
