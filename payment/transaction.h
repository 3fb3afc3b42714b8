#pragma once

#include <string>

#include "payment/amount.h"

namespace payhook {

/// A payment as a webhook states it. A Transaction that exists keeps the rules of its fields.
/// Two of them are equal when their five values are: 500 equals "500.00", inr equals INR.
class Transaction {
 public:
  static constexpr std::size_t k_max_text_bytes = 255;

  /// The first three are 1 to 255 bytes of UTF-8 without control characters (U+0000 to U+001F,
  /// U+007F to U+009F); InvalidField, naming the field, is thrown for others. That they are valid
  /// UTF-8 is the caller's care. `amount` is in `currency`, a code in upper case.
  Transaction(std::string transaction_id, std::string source_account,
              std::string destination_account, Amount amount, std::string currency);

  /// The idempotency key: one row for each.
  const std::string& transaction_id() const noexcept { return m_transaction_id; }
  const std::string& source_account() const noexcept { return m_source_account; }
  const std::string& destination_account() const noexcept { return m_destination_account; }
  const Amount& amount() const noexcept { return m_amount; }
  const std::string& currency() const noexcept { return m_currency; }

  bool operator==(const Transaction&) const = default;

 private:
  std::string m_transaction_id;
  std::string m_source_account;
  std::string m_destination_account;
  Amount m_amount;
  std::string m_currency;
};

}  // namespace payhook
