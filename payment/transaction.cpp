#include "payment/transaction.h"

#include <fmt/format.h>

#include <algorithm>

#include "payment/invalid_field.h"

namespace payhook {

namespace {

bool is_printable_ascii(char c) { return c >= 0x20 && c < 0x7f; }

bool has_control_character(std::string_view utf8) {
  if (std::all_of(utf8.begin(), utf8.end(), is_printable_ascii)) {
    return false;
  }
  unsigned char previous = 0;
  for (const char c : utf8) {
    const auto byte = static_cast<unsigned char>(c);
    // U+0080 to U+009F are C2 80 to C2 9F in UTF-8.
    if (byte < 0x20 || byte == 0x7f || (previous == 0xc2 && byte >= 0x80 && byte <= 0x9f)) {
      return true;
    }
    previous = byte;
  }
  return false;
}

std::string checked(const char* field, std::string text) {
  if (text.empty()) {
    throw InvalidField(field, "must not be empty");
  }
  if (text.size() > Transaction::k_max_text_bytes) {
    throw InvalidField(field, fmt::format("longer than {} bytes", Transaction::k_max_text_bytes));
  }
  if (has_control_character(text)) {
    throw InvalidField(field, "contains a control character");
  }
  return text;
}

}  // namespace

Transaction::Transaction(std::string transaction_id, std::string source_account,
                         std::string destination_account, Amount amount, std::string currency)
    : m_transaction_id(checked("transaction_id", std::move(transaction_id))),
      m_source_account(checked("source_account", std::move(source_account))),
      m_destination_account(checked("destination_account", std::move(destination_account))),
      m_amount(std::move(amount)),
      m_currency(std::move(currency)) {}

}  // namespace payhook
