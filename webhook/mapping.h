#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "json/pointer.h"
#include "payment/currencies.h"
#include "webhook/statement.h"

namespace payhook {

/// A field of a body is one of these values.
struct FieldCondition {
  struct Value {
    bool is_string;
    std::string text;
  };
  std::string pointer;
  std::vector<Value> values;
};

/// Whether an amount is in a currency's whole units, as "5.00", or its minor ones, as 500.
enum class AmountUnit : std::uint8_t { MAJOR, MINOR };

/// How a payment's values are made: each by the first of its templates whose places all have a
/// value. A place is the JSON Pointer of a field, as in "{/type}:{/data/id}".
struct PaymentRule {
  std::vector<FieldCondition> when;  ///< all of them hold
  std::vector<std::string> transaction_id;
  std::vector<std::string> source_account;
  std::vector<std::string> destination_account;
  std::vector<std::string> amount;
  std::vector<std::string> currency;
  AmountUnit amount_unit = AmountUnit::MAJOR;
};

/// How a sender's body becomes transactions, as it is configured.
struct MappingRules {
  std::string items =
      {};  ///< the JSON Pointer of the array that has them; nothing: the body is one
  std::vector<FieldCondition> when =
      {};                               ///< of the body: otherwise it states no payment that counts
  std::vector<std::string> event = {};  ///< the type of an item, as templates
  std::map<std::string, int> minor_units = {};  ///< of currencies of which the sender has others
  std::vector<PaymentRule> payments = {};       ///< the first whose conditions hold counts
};

/// Reads a sender's own bodies. Any number of threads may use it.
class Mapping {
 public:
  /// More items than this are not read.
  static constexpr std::size_t k_most_items = 1000;

  /// Throws std::invalid_argument, saying why, for rules that cannot be meant.
  explicit Mapping(const MappingRules& rules);

  /// As they are configured.
  const MappingRules& rules() const noexcept { return m_configured; }

  /// Throws std::invalid_argument, saying why, for templates of a value that cannot be meant: with
  /// a brace without its other, a place that is no JSON Pointer, or a pointer without its braces.
  static void check(const std::vector<std::string>& templates);

  /// The same, and where none of them has a place: of a value that each payment has its own of.
  static void check_varying(const std::vector<std::string>& templates);

  /// What a body states. An item that no rule is for, or whose amount is zero, is another event.
  /// Throws InvalidWebhook for what is no JSON or has no items where they should be. The texts of
  /// the result point into `body`.
  /// `finish` is given each transaction, and may throw InvalidField.
  using Finish = std::function<Transaction(Transaction&&)>;
  Statements read(
      const std::string& body, const Currencies& currencies,
      const Finish& finish = [](Transaction&& transaction) {
        return std::move(transaction);
      }) const;

  /// How many decimal places the sender's minor unit of a currency has.
  int minor_units_of(const Currency& currency) const;

 private:
  /// A template's pieces; a place's is the number of a pointer.
  struct Piece {
    std::string text;
    std::size_t field;
    bool is_place;
  };
  using Template = std::vector<Piece>;
  using Templates = std::vector<Template>;
  using Fields = std::vector<std::string_view>;

  struct Condition {
    std::size_t field;
    std::vector<FieldCondition::Value> values;
  };
  struct Rule {
    std::vector<Condition> when;
    Templates transaction_id;
    Templates source_account;
    Templates destination_account;
    Templates amount;
    Templates currency;
    AmountUnit amount_unit;
  };

  static std::vector<Condition> compiled(const std::vector<FieldCondition>& conditions,
                                         JsonPointers& pointers);
  static Templates compiled(const std::vector<std::string>& templates, JsonPointers& pointers);
  Rule compiled(const PaymentRule& rule);

  static bool hold(const std::vector<Condition>& conditions, const Fields& fields);
  static std::string text_of(const Templates& templates, const Fields& fields);
  static std::string required(const char* name, const Templates& templates, const Fields& fields);

  Statement read_item(std::string_view item, const Currencies& currencies,
                      const Finish& finish) const;
  std::variant<Transaction, OtherEvent> content_of(const Fields& fields,
                                                   const Currencies& currencies) const;
  std::variant<Transaction, OtherEvent> payment_of(const Rule& rule, const Fields& fields,
                                                   const Currencies& currencies) const;
  Amount amount_of(const std::string& number, AmountUnit unit, const Currency& currency) const;
  std::string type_of(const Fields& fields) const;

  MappingRules m_configured;
  JsonPointers m_items;  // empty where the body is one
  JsonPointers m_body_fields;
  std::vector<Condition> m_body_conditions;
  JsonPointers m_fields;  // of an item
  Templates m_event;
  std::vector<Rule> m_rules;
};

}  // namespace payhook
