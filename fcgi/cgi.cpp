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
#include "core/log.h"

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

/// A CGI program must not read beyond CONTENT_LENGTH: the end of the input may never come.
void read_body(HttpRequest& request, int input, std::size_t max_body_bytes) {
  std::size_t announced = 0;
  const std::string_view length = request.variables.find(MetaVariable::CONTENT_LENGTH);
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
  request.variables = MetaVariables(environment);
  give_id(request);
  read_body(request, input, max_body_bytes);
  return request;
}

}  // namespace

int serve_cgi(const Config& config, const Clock& clock, TransactionStore& store,
              const char* const* environment, int input, std::ostream& output) {
  CgiExchange exchange(read_request(environment, input, config.max_body_bytes()));
  int exit_status = EX_OK;
  {
    const auto reader = store.open_status_reader();
    const auto statistics = store.open_statistics();
    ResponderMetrics metrics;
    Committer committer(
        store.open_intake(), store.open_upkeep(TransactionStore::Keeper::STANDING_IN),
        Committer::Limits{.between_proofs = {}}, metrics, [&exit_status](const StoreBroken& why) {
          log::report(log::Event::FAILED, "the program ends: {}", why.what());
          exit_status = why.exit_status();
        });
    OperatorDesk desk(store);
    Api(config, clock, {*reader, *statistics, committer, desk, metrics}).handle(exchange);
    const HttpResponse response = exchange.wait();
    output << to_cgi_text(response, exchange.request()) << std::flush;
  }  // upkeep may take longer
  return output ? exit_status : EX_IOERR;
}

}  // namespace payhook
