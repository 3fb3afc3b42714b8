#include "ctl/http_client.h"

#include <fmt/format.h>
#include <sysexits.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "core/program_error.h"
#include "service/curl_request.h"

namespace payhook {

namespace {

constexpr long k_connect_seconds = 5;
constexpr long k_answer_seconds = 30;

// Of an answer's head or body: payhook's have a hundredth of that.
constexpr std::size_t k_most_answer_bytes = 65536;

struct FreeUrl {
  void operator()(CURLU* url) const noexcept { ::curl_url_cleanup(url); }
  void operator()(char* text) const noexcept { ::curl_free(text); }
};

/// Nothing where the URL has no such part.
std::string part_of(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (::curl_url_get(url, part, &text, 0) != CURLUE_OK) {
    return "";
  }
  const std::unique_ptr<char, FreeUrl> owned(text);
  return owned.get();
}

std::size_t append(char* bytes, std::size_t size, std::size_t count, void* text) {
  auto& answer = *static_cast<std::string*>(text);
  answer.append(bytes, std::min(size * count, k_most_answer_bytes - answer.size()));
  return size * count;
}

}  // namespace

PostUrl::PostUrl(const std::string& text, const std::string& path) {
  const std::unique_ptr<CURLU, FreeUrl> url(::curl_url());
  const auto set = [&](CURLUPart part, const std::string& value) {
    return ::curl_url_set(url.get(), part, value.c_str(), 0) == CURLUE_OK;
  };
  const bool is_url = url != nullptr && set(CURLUPART_URL, text);
  const std::string scheme = is_url ? part_of(url.get(), CURLUPART_SCHEME) : "";
  if (scheme != "http" && scheme != "https") {
    throw ProgramError(EX_USAGE,
                       fmt::format("'{}' is no URL: write https://pay.example.org", text));
  }
  if (part_of(url.get(), CURLUPART_PATH) == "/") {
    set(CURLUPART_PATH, path);
  }
  constexpr std::array<std::string_view, 3> k_here{"localhost", "127.0.0.1", "[::1]"};
  const std::string host = part_of(url.get(), CURLUPART_HOST);
  m_is_here = std::find(k_here.begin(), k_here.end(), host) != k_here.end();
  m_text = part_of(url.get(), CURLUPART_URL);
  m_query = part_of(url.get(), CURLUPART_QUERY);
}

/// libcurl keeps a connection for as long as its share of them lasts.
class HttpClient::Connection {
 public:
  Connection() : m_share((CurlRequest::prepare_library(), ::curl_share_init())) {
    if (m_share == nullptr ||
        ::curl_share_setopt(m_share.get(), CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT) != CURLSHE_OK) {
      throw std::runtime_error("libcurl: no memory");
    }
  }

  HttpAnswer post(const PostUrl& url, const OutgoingWebhook& webhook) {
    HttpAnswer answer;
    CurlRequest request;
    for (const auto& [name, value] : webhook.headers) {
      request.add_header(name, value);
    }
    request.add_header("expect", "");  // nobody is to be asked first
    request.set(CURLOPT_SHARE, m_share.get());
    request.set(CURLOPT_URL, url.text().c_str());
    request.set(CURLOPT_PROTOCOLS_STR, "http,https");
    request.set(CURLOPT_POST, 1L);
    request.set(CURLOPT_POSTFIELDS, webhook.body.data());
    request.set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(webhook.body.size()));
    request.set(CURLOPT_USERAGENT, "payhookctl");
    request.set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    request.set(CURLOPT_SSL_VERIFYPEER, url.is_here() ? 0L : 1L);
    request.set(CURLOPT_SSL_VERIFYHOST, url.is_here() ? 0L : 2L);
    if (url.is_here()) {
      request.set(CURLOPT_NOPROXY, "*");
    }
    request.set(CURLOPT_CONNECTTIMEOUT, k_connect_seconds);
    request.set(CURLOPT_TIMEOUT, k_answer_seconds);
    request.set(CURLOPT_HEADERFUNCTION, &append);
    request.set(CURLOPT_HEADERDATA, &answer.head);
    request.set(CURLOPT_WRITEFUNCTION, &append);
    request.set(CURLOPT_WRITEDATA, &answer.body);
    const CURLcode code = ::curl_easy_perform(request.easy());
    if (code != CURLE_OK) {
      throw ProgramError(EX_UNAVAILABLE, fmt::format("no answer from {}: {}", url.text(),
                                                     ::curl_easy_strerror(code)));
    }
    curl_off_t microseconds = 0;
    check_curl(::curl_easy_getinfo(request.easy(), CURLINFO_RESPONSE_CODE, &answer.status));
    check_curl(::curl_easy_getinfo(request.easy(), CURLINFO_TOTAL_TIME_T, &microseconds));
    answer.took = std::chrono::microseconds(microseconds);
    return answer;
  }

 private:
  struct Free {
    void operator()(CURLSH* share) const noexcept { ::curl_share_cleanup(share); }
  };

  std::unique_ptr<CURLSH, Free> m_share;
};

HttpClient::HttpClient() : m_connection(std::make_unique<Connection>()) {}
HttpClient::~HttpClient() = default;

HttpAnswer HttpClient::post(const PostUrl& url, const OutgoingWebhook& webhook) {
  return m_connection->post(url, webhook);
}

}  // namespace payhook
