#include "daemon/handlers/http_client.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <string>

#include "core/timestamp.h"
#include "daemon/handlers/delivery_text.h"
#include "daemon/handlers/output_tail.h"
#include "service/curl_request.h"

namespace payhook {

namespace {

// Of an answer. What is longer is not read to its end.
constexpr std::size_t k_most_answer_bytes = 65536;

// That are kept for the next requests: as many as there may be at once. By itself libcurl keeps
// four for each request that runs at the moment, and closes the others whenever a burst ends.
constexpr long k_most_connections = 256;

void check(CURLMcode code) {
  if (code != CURLM_OK) {
    throw std::runtime_error(fmt::format("libcurl: {}", ::curl_multi_strerror(code)));
  }
}

}  // namespace

/// One request and its answer.
class HttpClient::Transfer {
 public:
  Transfer(const Delivery& delivery, Timestamp sent_at) : m_claim(delivery.claimed.claim) {
    const auto& http = std::get<HttpHandler>(delivery.handler->what);
    m_body = http.sends_webhook ? delivery.claimed.body : delivery_json(delivery.claimed);
    set_request(http, delivery.claimed, sent_at);
    set_limits(http, delivery.handler->timeout);
  }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  CURL* easy() const noexcept { return m_request.easy(); }
  const Claim& claim() const noexcept { return m_claim; }

  AttemptResult result(CURLcode code) const {
    long status = 0;
    ::curl_easy_getinfo(easy(), CURLINFO_RESPONSE_CODE, &status);
    const bool is_answered = code == CURLE_OK || (code == CURLE_WRITE_ERROR && m_is_cut);
    AttemptResult result = is_answered ? result_of_status(status) : result_of_failure(code);
    result.output = m_output.text();
    return result;
  }

 private:
  void set_request(const HttpHandler& http, const ClaimedTransaction& claimed, Timestamp sent_at) {
    const std::string key = idempotency_key(claimed.source, claimed.transaction.transaction_id());
    const std::int64_t seconds =
        std::chrono::floor<std::chrono::seconds>(sent_at).time_since_epoch().count();
    m_request.add_header("content-type",
                         http.sends_webhook ? content_type_of(claimed) : "application/json");
    m_request.add_header("webhook-id", key);
    m_request.add_header("webhook-timestamp", std::to_string(seconds));
    m_request.add_header("webhook-signature", http.signer.sign(key, seconds, m_body));
    m_request.add_header("payhook-source", claimed.source);
    m_request.add_header("payhook-attempt", std::to_string(claimed.claim.attempt));
    m_request.add_header("expect", "");  // nobody is to be asked first
    m_request.set(CURLOPT_URL, http.url.c_str());
    m_request.set(CURLOPT_PROXY, http.proxy.c_str());  // empty: none, whatever the environment says
    m_request.set(CURLOPT_NOPROXY, "");
    m_request.set(CURLOPT_POST, 1L);
    m_request.set(CURLOPT_POSTFIELDS, m_body.data());
    m_request.set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(m_body.size()));
    m_request.set(CURLOPT_USERAGENT, "payhook");
  }

  void set_limits(const HttpHandler& http, std::chrono::seconds timeout) {
    m_request.set(CURLOPT_QUICK_EXIT,
                  1L);  // a name server that does not answer keeps nobody waiting
    m_request.set(CURLOPT_SSL_VERIFYPEER, 1L);
    m_request.set(CURLOPT_SSL_VERIFYHOST, 2L);
    m_request.set(CURLOPT_PROTOCOLS_STR, "http,https");
    m_request.set(CURLOPT_FOLLOWLOCATION, 0L);
    m_request.set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    m_request.set(CURLOPT_CONNECTTIMEOUT, static_cast<long>(http.connect_timeout.count()));
    m_request.set(CURLOPT_TIMEOUT, static_cast<long>(timeout.count()));
    m_request.set(CURLOPT_WRITEFUNCTION, &Transfer::take_answer);
    m_request.set(CURLOPT_WRITEDATA, this);
  }

  static std::size_t take_answer(char* bytes, std::size_t size, std::size_t count, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    transfer.m_output.append({bytes, size * count});
    transfer.m_answer_bytes += size * count;
    transfer.m_is_cut = transfer.m_answer_bytes > k_most_answer_bytes;
    return transfer.m_is_cut ? 0 : size * count;
  }

  AttemptResult result_of_status(long status) const {
    using enum AttemptResult::End;
    if (status >= 200 && status < 300) {
      return {m_claim, DONE};
    }
    AttemptResult result{m_claim,
                         status == k_gone || status == k_unprocessable ? GIVE_UP : TRY_AGAIN,
                         fmt::format("HTTP status {}", status)};
    curl_off_t seconds = 0;
    ::curl_easy_getinfo(easy(), CURLINFO_RETRY_AFTER, &seconds);
    if (seconds > 0) {
      result.retry_after = std::chrono::seconds(seconds);
    }
    return result;
  }

  AttemptResult result_of_failure(CURLcode code) const {
    return {m_claim, AttemptResult::End::TRY_AGAIN, ::curl_easy_strerror(code)};
  }

  const Claim m_claim;
  std::string m_body;
  OutputTail m_output;
  std::size_t m_answer_bytes = 0;
  bool m_is_cut = false;
  CurlRequest m_request;  // first to go: it points to the others
};

class HttpClient::Multi {
 public:
  Multi() : m_multi((CurlRequest::prepare_library(), ::curl_multi_init())) {
    if (m_multi == nullptr) {
      throw std::runtime_error("libcurl: no memory");
    }
    check(::curl_multi_setopt(m_multi.get(), CURLMOPT_MAXCONNECTS, k_most_connections));
  }
  ~Multi() {
    for (const auto& [easy, transfer] : m_transfers) {
      ::curl_multi_remove_handle(m_multi.get(), easy);
    }
  }
  Multi(const Multi&) = delete;
  Multi& operator=(const Multi&) = delete;

  void add(std::unique_ptr<Transfer> transfer) {
    CURL* const easy = transfer->easy();
    check(::curl_multi_add_handle(m_multi.get(), easy));
    m_transfers.emplace(easy, std::move(transfer));
  }

  void wait(int other, std::chrono::milliseconds at_most) {
    curl_waitfd descriptor{other, CURL_WAIT_POLLIN, 0};
    check(::curl_multi_poll(m_multi.get(), &descriptor, 1, static_cast<int>(at_most.count()),
                            nullptr));
  }

  void wake() noexcept { ::curl_multi_wakeup(m_multi.get()); }

  std::vector<AttemptResult> advance() {
    int running = 0;
    check(::curl_multi_perform(m_multi.get(), &running));
    std::vector<AttemptResult> results;
    int left = 0;
    while (const CURLMsg* const message = ::curl_multi_info_read(m_multi.get(), &left)) {
      if (message->msg == CURLMSG_DONE) {
        CURL* const easy = message->easy_handle;
        results.push_back(m_transfers.at(easy)->result(message->data.result));
        remove(easy);
      }
    }
    return results;
  }

  std::vector<AttemptResult> interrupt() {
    std::vector<AttemptResult> results;
    while (!m_transfers.empty()) {
      const auto& [easy, transfer] = *m_transfers.begin();
      results.push_back(
          {transfer->claim(), AttemptResult::End::INTERRUPTED, "payhookd was stopped"});
      remove(easy);
    }
    return results;
  }

 private:
  struct Free {
    void operator()(CURLM* multi) const noexcept { ::curl_multi_cleanup(multi); }
  };

  void remove(CURL* easy) {
    ::curl_multi_remove_handle(m_multi.get(), easy);
    m_transfers.erase(easy);
  }

  std::unique_ptr<CURLM, Free> m_multi;
  std::map<CURL*, std::unique_ptr<Transfer>> m_transfers;
};

HttpClient::HttpClient() : m_multi(std::make_unique<Multi>()) {}
HttpClient::~HttpClient() = default;

void HttpClient::post(const Delivery& delivery, Timestamp sent_at) {
  m_multi->add(std::make_unique<Transfer>(delivery, sent_at));
}

void HttpClient::wait(int other, std::chrono::milliseconds at_most) {
  m_multi->wait(other, at_most);
}

void HttpClient::wake() noexcept { m_multi->wake(); }

std::vector<AttemptResult> HttpClient::advance() { return m_multi->advance(); }

std::vector<AttemptResult> HttpClient::interrupt() { return m_multi->interrupt(); }

}  // namespace payhook
