#include "webhook/source.h"

#include "payment/invalid_field.h"
#include "webhook/parse_webhook.h"

namespace payhook {

namespace {

Transaction with_prefix(const std::string& prefix, Transaction&& transaction) {
  if (prefix.empty()) {
    return std::move(transaction);
  }
  return {prefix + transaction.transaction_id(), transaction.source_account(),
          transaction.destination_account(), transaction.amount(), transaction.currency()};
}

}  // namespace

std::string Source::path() const {
  return "/v1/webhooks/" + (name == k_default_source ? "transactions" : name);
}

Statements Source::read(const std::string& json, const Currencies& currencies) const {
  try {
    if (mapping == nullptr) {
      return {{{with_prefix(id_prefix, parse_webhook(json, currencies)), json}}, {}};
    }
    return mapping->read(json, currencies, [this](Transaction&& transaction) {
      return with_prefix(id_prefix, std::move(transaction));
    });
  } catch (const InvalidField& e) {
    throw InvalidWebhook(e.what());
  }
}

}  // namespace payhook
