#include <fmt/format.h>
#include <sysexits.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "core/ascii.h"
#include "core/program_error.h"
#include "ctl/commands.h"
#include "ctl/http_client.h"
#include "ctl/input.h"
#include "ctl/interruption.h"
#include "ctl/named_source.h"
#include "ctl/progress.h"
#include "json/grammar.h"
#include "payment/invalid_field.h"
#include "webhook/sample_body.h"

namespace payhook {

namespace {

struct Options {
  std::optional<std::string> source;
  std::optional<std::string> body;
  std::optional<std::string> id;
  SamplePayment payment{"", "test_payer", "test_payee", "1.00", "EUR"};
  std::vector<std::string> headers;
  std::string url = "https://localhost";
  std::optional<std::size_t> count;
  double rate = 0;
  bool repeat = false;
};

/// No two webhooks that are made up have the same one.
std::string random_id() {
  std::random_device random;
  return fmt::format("test-{:08x}{:08x}", random(), random());
}

/// Makes webhooks of a source, and signs them.
class Sender {
 public:
  Sender(const Options& options, Context& context)
      : m_options(options),
        m_context(context),
        m_source(named_source(context, options.source)),
        m_url(options.url, m_source->path()),
        m_body(options.body ? std::optional(read_input(*options.body)) : std::nullopt) {}

  const Source& source() const noexcept { return *m_source; }
  const PostUrl& url() const noexcept { return m_url; }

  /// `number` tells those of one run apart. Throws ProgramError (EX_USAGE) where it cannot be made.
  OutgoingWebhook make(std::size_t number, bool is_only) const try {
    const std::string id =
        m_options.id ? (is_only ? *m_options.id : fmt::format("{}-{}", *m_options.id, number))
                     : random_id();
    OutgoingWebhook webhook{m_url.query(), {{"Content-Type", "application/json"}}, ""};
    add_headers(webhook);
    SamplePayment payment = m_options.payment;
    payment.transaction_id = id;
    webhook.body =
        m_body ? *m_body : sample_body(*m_source, payment, m_context.config().currencies);
    if (m_source->is_authentic()) {
      sign(webhook, m_source->verifier->scheme(), signing_key(*m_source, m_context.now()),
           "msg_" + id, m_context.now());
    }
    return webhook;
  } catch (const std::invalid_argument& e) {
    throw ProgramError(EX_USAGE,
                       fmt::format("no webhook of {} can be sent: {}", m_source->name, e.what()));
  } catch (const InvalidField& e) {
    throw ProgramError(EX_USAGE, e.what());
  }

 private:
  void add_headers(OutgoingWebhook& webhook) const {
    for (const std::string& header : m_options.headers) {
      const std::size_t colon = header.find(':');
      if (colon == header.npos) {
        throw ProgramError(EX_USAGE,
                           fmt::format("'{}' is no header: write \"Name: value\"", header));
      }
      const std::string name = header.substr(0, colon);
      require_header_name(name);
      if (in_lower_case(name) == "content-type") {
        webhook.headers.front().second = trimmed(std::string_view(header).substr(colon + 1));
      } else {
        webhook.headers.emplace_back(name, trimmed(std::string_view(header).substr(colon + 1)));
      }
    }
  }

  const Options& m_options;
  Context& m_context;
  const std::shared_ptr<const Source> m_source;
  const PostUrl m_url;
  const std::optional<std::string> m_body;
};

/// Its headers, a line each. What lets its bearer in is not shown.
std::string shown_headers(const OutgoingWebhook& webhook, const Source& source) {
  std::string lines;
  for (const auto& [name, value] : webhook.headers) {
    const bool is_secret = source.is_authentic() && is_static(source.verifier->scheme()) &&
                           name == source.verifier->scheme().signature_header.front();
    lines += fmt::format("{}: {}\n", name, is_secret ? "(the secret)" : value);
  }
  return lines;
}

std::optional<std::string> text_for_json(const std::string& bytes) {
  return is_utf8(bytes) ? std::optional(bytes) : std::nullopt;
}

std::string milliseconds(std::chrono::microseconds time) {
  return fmt::format("{:.1f}", static_cast<double>(time.count()) / 1000);
}

bool is_acknowledged(long status) { return status >= 200 && status < 300; }

[[noreturn]] void refuse(long status) {
  const char* hint = "";
  if (status == 401) {
    hint =
        ": the responder has another secret, or another clock, than this command; has it been "
        "reloaded?";
  } else if (status == 404) {
    hint =
        ": the responder does not know this source (has it been reloaded?), or --url leads "
        "elsewhere";
  }
  throw ProgramError(EX_UNAVAILABLE, fmt::format("it was answered {}{}", status, hint));
}

void send_one(const Sender& sender, Context& context) {
  const OutgoingWebhook webhook = sender.make(1, true);
  const std::string headers = shown_headers(webhook, sender.source());
  Output& output = context.output();
  if (output.format() == Output::Format::PLAIN) {
    output.bytes(fmt::format("POST {}\n{}\n{}\n\n", sender.url().text(), headers, webhook.body));
  }
  HttpClient client;
  HttpAnswer answer = client.post(sender.url(), webhook);
  if (output.format() == Output::Format::PLAIN) {
    std::erase(answer.head, '\r');
    output.bytes(answer.head + answer.body + '\n');
  } else {
    Record record;
    record.text("url", sender.url().text())
        .text("headers", headers)
        .optional_text("body", text_for_json(webhook.body))
        .number("status", std::to_string(answer.status))
        .optional_text("answer_headers", text_for_json(answer.head))
        .optional_text("answer", text_for_json(answer.body))
        .number("milliseconds", milliseconds(answer.took));
    output.record(record);
  }
  if (!is_acknowledged(answer.status)) {
    refuse(answer.status);
  }
}

using Latencies = std::vector<std::chrono::microseconds>;

/// What so many per cent of them did not exceed. They are in their order.
std::chrono::microseconds percentile(const Latencies& latencies, std::size_t per_cent) {
  return latencies[(latencies.size() * per_cent + 99) / 100 - 1];
}

Record summary_of(long status, Latencies latencies) {
  std::sort(latencies.begin(), latencies.end());
  Record record;
  if (status == 0) {
    record.optional_text("status", std::nullopt);  // no answer
  } else {
    record.number("status", std::to_string(status));
  }
  record.number("count", std::to_string(latencies.size()))
      .number("p50_ms", milliseconds(percentile(latencies, 50)))
      .number("p99_ms", milliseconds(percentile(latencies, 99)));
  return record;
}

void send_many(const Sender& sender, const Options& options, std::size_t count, Context& context) {
  using Clock = std::chrono::steady_clock;
  const auto period = options.rate > 0 ? std::chrono::duration_cast<Clock::duration>(
                                             std::chrono::duration<double>(1 / options.rate))
                                       : Clock::duration::zero();
  HttpClient client;
  Progress progress("sending");
  const Interruption interruption;
  std::map<long, Latencies> by_status;
  std::optional<OutgoingWebhook> webhook;
  std::string last_failure;
  Clock::time_point next = Clock::now();
  std::size_t sent = 0;
  for (; sent < count && interruption.wait(next - Clock::now()); ++sent, next += period) {
    if (!webhook || !options.repeat) {
      webhook = sender.make(sent + 1, options.repeat);
    }
    HttpAnswer answer;
    try {
      answer = client.post(sender.url(), *webhook);
    } catch (const ProgramError& e) {
      last_failure = fmt::format(": {}", e.what());
    }
    by_status[answer.status].push_back(answer.took);
    progress.show(sent + 1, count);
  }
  std::vector<Record> records;
  std::size_t acknowledged = 0;
  for (const auto& [status, latencies] : by_status) {
    records.push_back(summary_of(status, latencies));
    acknowledged += is_acknowledged(status) ? latencies.size() : 0;
  }
  context.output().table(records);
  if (acknowledged < sent) {
    throw ProgramError(EX_UNAVAILABLE, fmt::format("{} of {} were not acknowledged{}",
                                                   sent - acknowledged, sent, last_failure));
  }
}

int send(const Options& options, Context& context) {
  const std::size_t count = options.count.value_or(options.repeat ? 2 : 1);
  const Sender sender(options, context);
  if (count == 1) {
    send_one(sender, context);
  } else {
    send_many(sender, options, count, context);
  }
  return EX_OK;
}

}  // namespace

void add_send(const Command& program) {
  const Command command = program.add("send", "Send a signed test webhook to the running server");
  const auto options = std::make_shared<Options>();
  command.option("--source NAME", options->source, "Whose it is, where there are several");
  command.option("--body FILE", options->body,
                 "What it says, instead of what is made up (-: stdin)");
  SamplePayment& payment = options->payment;
  command.option("--id ID", options->id, "The transaction_id that it states (default: a new one)");
  command.option("--from ACCOUNT", payment.source_account, "The source_account").shows_default();
  command.option("--to ACCOUNT", payment.destination_account, "The destination_account")
      .shows_default();
  command.option("--amount AMOUNT", payment.amount, "In whole units of the currency")
      .shows_default();
  command.option("--currency CODE", payment.currency, "The currency").shows_default();
  command.option("--header \"NAME: VALUE\"", options->headers,
                 "One more header; may be given again");
  command
      .option("--url URL", options->url,
              "The server's, to which the source's path is added; or the whole of it")
      .shows_default()
      .from_environment("PAYHOOK_URL");
  command.option("--count COUNT", options->count, "So many, and a summary").between(1, 10'000'000);
  command.option("--rate RATE", options->rate, "So many a second at most").positive();
  command.flag("--repeat", options->repeat,
               "The same one each time, byte for byte: twice, or --count times");
  command.example("payhookctl send --source stripe --amount 20.00 --currency EUR");
  command.runs([options](Context& context) { return send(*options, context); });
}

}  // namespace payhook
