#include "service/incoming_webhooks.h"

#include <optional>
#include <utility>
#include <variant>

#include "webhook/parse_webhook.h"

namespace payhook {

namespace {

std::variant<StatedPayment, NoPayment, Unreadable> content_of(
    std::variant<Transaction, OtherEvent>&& stated, Timestamp due_at, bool keeps_order) {
  if (auto* transaction = std::get_if<Transaction>(&stated)) {
    return StatedPayment{std::move(*transaction), due_at, keeps_order};
  }
  return NoPayment{std::get<OtherEvent>(std::move(stated)).type};
}

}  // namespace

std::vector<IncomingWebhook> incoming_webhooks(ReceivedWebhook&& received, const Source& source,
                                               const Currencies& currencies, bool keeps_order) {
  const Timestamp due_at = received.received_at + source.delay;
  IncomingWebhook webhook{.source = source.name,
                          .content = Unreadable{},
                          .body = {},
                          .remote_address = std::move(received.remote_address),
                          .received_at = received.received_at,
                          .headers = {},
                          .is_authentic = source.is_authentic()};
  std::vector<IncomingWebhook> webhooks;
  std::optional<std::string> why_not_all;
  try {
    const bool is_plain = is_plain_json(received.packaging, source);
    const std::string unpacked = is_plain ? "" : json_of(received.body, received.packaging, source);
    Statements read = source.read(is_plain ? received.body : unpacked, currencies);
    why_not_all = std::move(read.why_not_all);
    if (read.statements.size() == 1 && !why_not_all) {
      webhook.content = content_of(std::move(read.statements.front().content), due_at, keeps_order);
      webhook.body = std::move(received.body);
      webhook.headers = std::move(received.headers);
      webhooks.push_back(std::move(webhook));
      return webhooks;
    }
    for (Statement& statement : read.statements) {
      webhook.content = content_of(std::move(statement.content), due_at, keeps_order);
      webhook.body = statement.text;
      webhooks.push_back(webhook);
    }
    if (!webhooks.empty()) {
      webhooks.front().headers = received.headers;  // not with each of several
    }
  } catch (const InvalidWebhook& e) {
    why_not_all = e.what();
  }
  if (why_not_all) {
    if (!source.is_authentic() || !source.keeps_unreadable) {
      throw InvalidWebhook(*why_not_all);
    }
    webhook.content = Unreadable{*std::move(why_not_all)};
    webhook.body = std::move(received.body);
    webhook.headers = std::move(received.headers);  // without them it could not be read again
    webhooks.push_back(std::move(webhook));
  }
  return webhooks;
}

}  // namespace payhook
