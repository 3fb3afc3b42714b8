#include "fcgi/cgi.h"

#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <future>
#include <memory>
#include <optional>
#include <ostream>
#include <span>
#include <string_view>
#include <vector>

#include "api/api.h"
#include "api/committer.h"

namespace payhook {

namespace {

/// The one exchange of a CGI program; its answer is waited for.
class CgiExchange final : public Exchange {
 public:
  explicit CgiExchange(HttpRequest request) : m_request(std::move(request)) {}

  HttpRequest& request() noexcept override { return m_request; }
  void answer(const HttpResponse& response) noexcept override { m_answer.set_value(response); }

  HttpResponse wait() { return m_answer.get_future().get(); }

 private:
  HttpRequest m_request;
  std::promise<HttpResponse> m_answer;
};

/// Sessions that are opened when they are needed: most requests need one of them or none.
class LazyReader final : public StatusReader {
 public:
  explicit LazyReader(TransactionStore& store) : m_store(store) {}

  std::optional<StoredTransaction> find(std::string_view transaction_id) override {
    return m_store.open_status_reader()->find(transaction_id);
  }

 private:
  TransactionStore& m_store;
};

class LazyIntake final : public WebhookIntake {
 public:
  explicit LazyIntake(TransactionStore& store) : m_store(store) {}

  std::vector<IntakeResult> store(std::span<const IncomingWebhook> webhooks,
                                  Deadline deadline) override {
    if (!m_intake) {
      m_intake = m_store.open_intake();
    }
    return m_intake->store(webhooks, deadline);
  }

  /// Nobody asks: the program ends with its one request.
  void prove_that_it_stores(Deadline /*deadline*/) override {}

  void maintain(Deadline deadline) override {
    if (m_intake) {
      m_intake->maintain(deadline);
    }
  }

 private:
  TransactionStore& m_store;
  std::unique_ptr<WebhookIntake> m_intake;
};

/// A CGI program must not read beyond CONTENT_LENGTH: the end of the input may never come.
void read_body(HttpRequest& request, int input, std::size_t max_body_bytes) {
  std::size_t announced = 0;
  const std::string& length = request.content_length;
  std::from_chars(length.data(), length.data() + length.size(), announced);
  std::array<char, 8192> chunk;
  while (request.body.size() < announced && request.cut == Cut::NOTHING) {
    const ssize_t count =
        ::read(input, chunk.data(), std::min(chunk.size(), announced - request.body.size()));
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      return;
    }
    request.body.append(chunk.data(), static_cast<std::size_t>(count));
    if (request.body.size() > max_body_bytes) {
      request.cut = Cut::BODY;
    }
  }
}

HttpRequest read_request(const char* const* environment, int input, std::size_t max_body_bytes) {
  HttpRequest request;
  for (const char* const* variable = environment; *variable != nullptr; ++variable) {
    set_from_environment(request, *variable);
  }
  give_id_if_missing(request);
  read_body(request, input, max_body_bytes);
  return request;
}

}  // namespace

int serve_cgi(const Config& config, const Clock& clock, TransactionStore& store,
              const char* const* environment, int input, std::ostream& output) {
  CgiExchange exchange(read_request(environment, input, config.responder.max_body_bytes));
  int exit_status = EX_OK;
  {
    LazyReader reader(store);
    Committer committer(std::make_unique<LazyIntake>(store), config.responder.conflicting_duplicate,
                        Committer::Limits{},
                        [&exit_status](const StoreBroken& e) { exit_status = e.exit_status(); });
    Api(config, clock, reader, committer).handle(exchange);
    const HttpResponse response = exchange.wait();
    output << to_cgi_text(response, exchange.request()) << std::flush;
  }  // upkeep may take longer
  return output ? exit_status : EX_IOERR;
}

}  // namespace payhook
