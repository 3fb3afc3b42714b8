#include "ctl/from_flask.h"

#include <fmt/format.h>

#include <utility>

#include "ctl/float_amount.h"
#include "json/grammar.h"
#include "payment/invalid_field.h"

namespace payhook {

namespace {

/// Reads one row.
class Reading {
 public:
  Reading(const FlaskRow& row, const FlaskRules& rules) : m_row(row), m_rules(rules) {}

  PastTransaction read() {
    const bool is_processed = m_row.status == "PROCESSED";
    if (!is_processed && m_row.status != "PROCESSING") {
      throw InvalidField("status",
                         fmt::format("'{}' is neither PROCESSING nor PROCESSED", m_row.status));
    }
    const Currency currency = m_rules.currencies.find(m_row.currency);
    Transaction transaction(
        text("transaction_id", m_row.transaction_id), text("source_account", m_row.source_account),
        text("destination_account", m_row.destination_account), amount(currency), currency.code);
    const auto processed_at = time("processed_at", m_row.processed_at);
    const Timestamp created_at = time_of_arrival(processed_at);
    if (is_processed) {
      remark(!processed_at, "it has no processed_at: that is taken for its created_at");
      return {std::move(transaction), created_at, processed_at.value_or(created_at)};
    }
    remark(processed_at.has_value(), "it has a processed_at, and is PROCESSING: it is processed");
    // Where it was due long ago, nobody is late: it has only just come to those who process it.
    const Timestamp due_at = std::max(created_at + m_rules.delay, m_rules.now);
    return {std::move(transaction), created_at, std::nullopt, due_at, m_rules.keeps_order};
  }

  const std::vector<std::string>& remarks() const noexcept { return m_remarks; }

 private:
  void remark(bool applies, std::string text) {
    if (applies) {
      m_remarks.push_back(std::move(text));
    }
  }

  static const std::string& text(const char* name, const std::string& value) {
    if (!is_utf8(value)) {
      throw InvalidField(name, "it is no UTF-8");
    }
    return value;
  }

  Amount amount(const Currency& currency) {
    if (const auto* const number = std::get_if<double>(&m_row.amount)) {
      FloatAmount sum = amount_of_float(*number, currency);
      remark(!sum.doubt.empty(), sum.doubt);
      return std::move(sum.amount);
    }
    if (const auto* const number = std::get_if<std::int64_t>(&m_row.amount)) {
      return Amount::parse(std::to_string(*number), currency);
    }
    const auto* const other = std::get_if<std::string>(&m_row.amount);
    return Amount::parse(other != nullptr ? *other : "", currency);
  }

  static std::optional<Timestamp> time(const char* name, const std::string& text) {
    constexpr std::size_t k_between_date_and_time = 10;
    if (text.empty()) {
      return std::nullopt;
    }
    std::string standard = text + 'Z';
    if (text.find(' ') == k_between_date_and_time) {
      standard[k_between_date_and_time] = 'T';
    }
    const auto time = parse_rfc3339(standard);
    if (!time) {
      throw InvalidField(name, fmt::format("'{}' is no time", text));
    }
    return time;
  }

  Timestamp time_of_arrival(std::optional<Timestamp> processed_at) {
    const auto created_at = time("created_at", m_row.created_at);
    remark(!created_at, processed_at ? "it has no created_at: that is taken for its processed_at"
                                     : "it has no created_at: that is taken for now");
    return created_at.value_or(processed_at.value_or(m_rules.now));
  }

  const FlaskRow& m_row;
  const FlaskRules& m_rules;
  std::vector<std::string> m_remarks;
};

std::string text_of(const FlaskRow::Amount& amount) {
  if (const auto* const number = std::get_if<double>(&amount)) {
    return fmt::format("{}", *number);
  }
  if (const auto* const number = std::get_if<std::int64_t>(&amount)) {
    return std::to_string(*number);
  }
  const auto* const text = std::get_if<std::string>(&amount);
  return text != nullptr ? fmt::format("'{}'", *text) : "NULL";
}

}  // namespace

FromFlask from_flask(const FlaskRow& row, const FlaskRules& rules) {
  Reading reading(row, rules);
  try {
    PastTransaction transaction = reading.read();
    return {std::move(transaction), reading.remarks()};
  } catch (const InvalidField& e) {
    return {std::nullopt,
            {fmt::format("{} (amount {}, currency '{}')", e.what(), text_of(row.amount),
                         row.currency)}};
  }
}

}  // namespace payhook
