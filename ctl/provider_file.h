#pragma once

#include <cstddef>
#include <cstdint>
#include <istream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ctl/field_reader.h"
#include "payment/amount.h"
#include "payment/currencies.h"
#include "webhook/mapping.h"
#include "webhook/source.h"

namespace payhook {

/// Where a provider's file has what, and how it writes it. A field is named as
/// FieldReader::place_of() takes it.
struct ProviderFileFormat {
  std::string id = "transaction_id";
  std::string amount = "amount";
  std::string currency = "currency";  ///< or the code of the one that all are in
  AmountUnit amount_unit = AmountUnit::MAJOR;
  char decimal_mark = '.';
  std::optional<char> separator = {};
  std::vector<std::pair<std::string, std::string>> only = {};  ///< fields and what they have to be
};

/// A payment as such a file has it.
struct ListedPayment {
  std::uint64_t line = 0;
  std::string transaction_id;  ///< as the store has it: with what its source's ids begin with
  Amount amount;
  std::string currency;
};

/// The payments in a file of a provider's. For one thread.
class ProviderFile {
 public:
  /// None of them is owned. Throws std::invalid_argument where the file has no such field, and
  /// WrongLine for a header that is none.
  ProviderFile(std::istream& in, ProviderFileFormat format, const Source& source,
               const Currencies& currencies);

  /// Nothing behind the last one. Throws WrongLine for what is no payment.
  std::optional<ListedPayment> next();

  /// How many records were no such as are wanted.
  std::uint64_t left_out() const noexcept { return m_left_out; }

  /// How many bytes have been read.
  std::uint64_t bytes() const { return m_fields->bytes(); }

 private:
  using Texts = std::vector<std::string>;

  bool is_wanted(const Texts& texts) const;
  ListedPayment payment_of(const Texts& texts) const;
  Amount amount_of(const std::string& text, const Currency& currency) const;

  const ProviderFileFormat m_format;
  const Source& m_source;
  const Currencies& m_currencies;
  std::unique_ptr<FieldReader> m_fields;
  std::size_t m_id;
  std::size_t m_amount;
  std::optional<std::size_t> m_currency;  // absent: all are in one
  std::vector<std::pair<std::size_t, std::string>> m_only;
  std::uint64_t m_left_out = 0;
};

/// A number that has a decimal mark, '.' or ',', and perhaps the other one between its thousands,
/// as JSON would have it: "1.234,50" is "1234.50". What is no such number stays as it is, but for
/// the spaces around it.
std::string plain_number(std::string_view text, char decimal_mark);

}  // namespace payhook
