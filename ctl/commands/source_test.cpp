#include "ctl/commands/source.h"

#include <fmt/format.h>
#include <sysexits.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/program_error.h"
#include "ctl/input.h"
#include "ctl/named_source.h"
#include "webhook/parse_webhook.h"
#include "webhook/sample_body.h"
#include "webhook/signer.h"

namespace payhook {

namespace {

const SamplePayment k_payment{"test-1", "test_payer", "test_payee", "1.00", "EUR"};

struct Options {
  std::string name;
  std::optional<std::string> body;
};

/// What comes of signing with a secret and verifying that.
std::string signature_with(const Secret& secret, const Verifier& verifier, const std::string& body,
                           Timestamp now) {
  if (now < secret.not_before || now > secret.not_after) {
    return "does not count now";
  }
  if (!secret.key.can_sign()) {
    return "is a public key: only its sender can sign";
  }
  try {
    OutgoingWebhook webhook{"", {}, body};
    sign(webhook, verifier.scheme(), secret.key, "msg_test", now);
    verifier.verify(webhook.request(), now);
    return "right";
  } catch (const std::exception& e) {
    return e.what();
  }
}

Record record_of(const Statement& statement) {
  Record record;
  if (const auto* payment = std::get_if<Transaction>(&statement.content)) {
    record.text("states", "transaction")
        .text("transaction_id", payment->transaction_id())
        .text("source_account", payment->source_account())
        .text("destination_account", payment->destination_account())
        .number("amount", payment->amount().decimal())
        .text("currency", payment->currency());
  } else {
    record.text("states", "event").text("type", std::get<OtherEvent>(statement.content).type);
  }
  return record;
}

/// What is configured, as far as it can be told without anybody who sends.
void show_configured(const Source& source, const std::string& body, Context& context) {
  std::string notes;
  for (const std::string& note : source.notes) {
    notes += (notes.empty() ? "" : "; ") + note;
  }
  Record record;
  record.text("source", source.name)
      .text("path", source.path())
      .text("answers", std::to_string(source.acknowledgement.status))
      .text("notes", notes);
  for (std::size_t i = 0; i < source.secrets.size(); ++i) {
    record.text(i == 0 ? "secret" : fmt::format("secret_{}", i + 1),
                fmt::format("{}: {}", source.secrets[i],
                            signature_with(source.verifier->secrets()[i], *source.verifier, body,
                                           context.now())));
  }
  context.output().record(record);
}

int test(const Options& options, Context& context) {
  const auto source = named_source(context, options.name);
  const Currencies& currencies = context.config().currencies;
  std::string body;
  try {
    body = options.body ? read_input(*options.body) : sample_body(*source, k_payment, currencies);
  } catch (const std::invalid_argument& e) {
    throw ProgramError(EX_DATAERR, fmt::format("{}: give one with --body", e.what()));
  }
  show_configured(*source, body, context);
  context.output().say(fmt::format("\n{}\n", body));
  try {
    const Statements read = source->read(body, currencies);
    for (const Statement& statement : read.statements) {
      context.output().record(record_of(statement));
    }
    if (read.why_not_all) {
      throw InvalidWebhook(*read.why_not_all);
    }
  } catch (const InvalidWebhook& e) {
    throw ProgramError(EX_DATAERR, fmt::format("such a body cannot be read: {}", e.what()));
  }
  return EX_OK;
}

}  // namespace

void add_source_test(const Command& group) {
  const Command command = group.add(
      "test", "See how a source would take a webhook: nothing is sent, and nothing is stored");
  const auto options = std::make_shared<Options>();
  command.option("NAME", options->name, "The source").required();
  command.option("--body FILE", options->body,
                 "A body of the sender's, instead of one that is made up (-: stdin)");
  command.example("payhookctl source test stripe --body docs/examples/stripe.json");
  command.runs([options](Context& context) { return test(*options, context); });
}

}  // namespace payhook
