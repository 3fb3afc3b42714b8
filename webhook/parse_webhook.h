#pragma once

#include <stdexcept>
#include <string>

#include "payment/currencies.h"
#include "payment/transaction.h"

namespace payhook {

/// A webhook's body that cannot be accepted. what() is the sentence that the sender reads:
/// "Invalid JSON", or "Missing required fields".
class InvalidWebhook : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Reads the transaction that a webhook's body states. Throws InvalidWebhook for what is no JSON
/// object or lacks a field, and InvalidField for a field whose type or value breaks its rule; a
/// missing field is reported before an invalid one. Thread-safe.
Transaction parse_webhook(const std::string& body, const Currencies& currencies);

}  // namespace payhook
