#include "fcgi/cgi.h"

#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <future>
#include <ostream>
#include <string_view>

#include "core/log.h"
#include "fcgi/api.h"
#include "fcgi/committer.h"
#include "fcgi/responses.h"

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
  const std::string& length = request.content_length;
  std::from_chars(length.data(), length.data() + length.size(), announced);
  std::array<char, 8192> chunk;
  while (request.body.size() < announced && !request.body_was_cut) {
    const ssize_t count =
        ::read(input, chunk.data(), std::min(chunk.size(), announced - request.body.size()));
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      return;
    }
    request.body.append(chunk.data(), static_cast<std::size_t>(count));
    request.body_was_cut = request.body.size() > max_body_bytes;
  }
}

HttpRequest read_request(const char* const* environment, int input, std::size_t max_body_bytes) {
  HttpRequest request;
  for (const char* const* variable = environment; *variable != nullptr; ++variable) {
    const std::string_view text(*variable);
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos) {
      set_from_meta_variable(request, text.substr(0, equals), text.substr(equals + 1));
    }
  }
  read_body(request, input, max_body_bytes);
  return request;
}

}  // namespace

int serve_cgi(const Config& config, const Clock& clock, TransactionStore& store,
              const char* const* environment, int input, std::ostream& output) {
  CgiExchange exchange(read_request(environment, input, config.responder.max_body_bytes));
  HttpResponse response;
  int exit_status = EX_OK;
  try {
    const auto reader = store.open_status_reader();
    Committer committer(store.open_intake(), config.responder.conflicting_duplicate,
                        Committer::Limits{},
                        [&exit_status](const StoreBroken& e) { exit_status = e.exit_status(); });
    Api(config, clock, *reader, committer).handle(exchange);
    response = exchange.wait();
  } catch (const std::exception& e) {
    log::error("{}", e.what());
    response = error_response(e);
  }
  output << to_cgi_text(response, exchange.request()) << std::flush;
  return output ? exit_status : EX_IOERR;
}

}  // namespace payhook
