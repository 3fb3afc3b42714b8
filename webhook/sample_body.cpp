#include "webhook/sample_body.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "json/pointer.h"
#include "json/writer.h"
#include "payment/amount.h"
#include "webhook/template.h"

namespace payhook {

namespace {

using Templates = std::vector<std::string>;

/// A JSON object that grows by the places of its values.
class Tree {
 public:
  /// Puts a value there, unless there is one. Returns whether it has.
  bool add(const std::string& pointer, const std::string& json) {
    Tree* place = this;
    for (const std::string& token : json_pointer_tokens(pointer)) {
      place = place->m_json.empty() ? &place->member(token) : nullptr;
      if (place == nullptr) {
        throw cannot("a field of its mapping lies within another");
      }
    }
    if (!place->m_members.empty()) {
      throw cannot("a field of its mapping lies within another");
    }
    if (!place->m_json.empty()) {
      return false;
    }
    place->m_json = json;
    return true;
  }

  std::string text() const {
    if (!m_json.empty()) {
      return m_json;
    }
    JsonObjectWriter object;
    for (const auto& [name, member] : m_members) {
      object.value(name, member->text());
    }
    return object.finish();
  }

  static std::invalid_argument cannot(const std::string& why) {
    return std::invalid_argument("no body can be made up for it: " + why);
  }

 private:
  Tree& member(const std::string& name) {
    for (const auto& [other, member] : m_members) {
      if (other == name) {
        return *member;
      }
    }
    return *m_members.emplace_back(name, std::make_unique<Tree>()).second;
  }

  std::string m_json;  // of a value that has no members here
  std::vector<std::pair<std::string, std::unique_ptr<Tree>>> m_members;
};

std::optional<std::string> template_with_place(const Templates& templates) {
  const auto found = std::find_if(templates.begin(), templates.end(), has_place);
  return found == templates.end() ? std::nullopt : std::optional(*found);
}

/// Has the first template that has places say this value: in the first of them that is free.
void fill(Tree& tree, const Templates& templates, const std::string& json) {
  bool is_said = false;
  for (const TemplatePiece& piece : split_template(template_with_place(templates).value_or(""))) {
    if (piece.is_place) {
      is_said = tree.add(piece.text, is_said ? json_string("x") : json) || is_said;
    }
  }
}

void meet(Tree& tree, const std::vector<FieldCondition>& conditions) {
  for (const FieldCondition& condition : conditions) {
    const FieldCondition::Value& value = condition.values.front();
    tree.add(condition.pointer, value.is_string ? json_string(value.text) : value.text);
  }
}

/// In the units that the sender has for this currency.
std::string minor_units(const Amount& amount, const Currency& currency, const MappingRules& rules) {
  const auto own = rules.minor_units.find(currency.code);
  const int places = own == rules.minor_units.end() ? currency.minor_units : own->second;
  std::string digits = std::to_string(amount.minor());
  if (places >= currency.minor_units) {
    return digits + std::string(static_cast<std::size_t>(places - currency.minor_units), '0');
  }
  const auto fewer = static_cast<std::size_t>(currency.minor_units - places);
  if (digits.size() <= fewer || digits.find_last_not_of('0') + 1 > digits.size() - fewer) {
    throw std::invalid_argument("its sender has no such small amounts in " + currency.code);
  }
  return digits.substr(0, digits.size() - fewer);
}

void add_payment(Tree& item, const PaymentRule& rule, const MappingRules& rules,
                 const SamplePayment& payment, const Currencies& currencies) {
  meet(item, rule.when);
  const bool has_own_currency = !template_with_place(rule.currency);
  const Currency currency =
      currencies.find(has_own_currency ? rule.currency.front() : payment.currency);
  const Amount amount = Amount::parse(payment.amount, currency);
  fill(item, rule.transaction_id, json_string(payment.transaction_id));
  fill(item, rule.source_account, json_string(payment.source_account));
  fill(item, rule.destination_account, json_string(payment.destination_account));
  fill(item, rule.amount,
       rule.amount_unit == AmountUnit::MINOR ? minor_units(amount, currency, rules)
                                             : amount.decimal());
  fill(item, rule.currency, json_string(currency.code));
}

void add_event(Tree& item, const MappingRules& rules, const SamplePayment& payment) {
  fill(item, rules.event, json_string("payhook.test"));
  item.add("/payhook_test", json_string(payment.transaction_id));
}

void add_five_fields(Tree& item, const SamplePayment& payment, const Currencies& currencies) {
  const Currency currency = currencies.find(payment.currency);
  item.add("/transaction_id", json_string(payment.transaction_id));
  item.add("/source_account", json_string(payment.source_account));
  item.add("/destination_account", json_string(payment.destination_account));
  item.add("/amount", Amount::parse(payment.amount, currency).decimal());
  item.add("/currency", json_string(currency.code));
}

}  // namespace

std::string sample_body(const Source& source, const SamplePayment& payment,
                        const Currencies& currencies) {
  Tree item;
  MappingRules rules;
  if (source.mapping == nullptr) {
    add_five_fields(item, payment, currencies);
  } else {
    rules = source.mapping->rules();
    if (rules.payments.empty()) {
      add_event(item, rules, payment);
    } else {
      add_payment(item, rules.payments.front(), rules, payment, currencies);
    }
  }
  if (source.is_authentic() && source.verifier->scheme().signature_field) {
    item.add(*source.verifier->scheme().signature_field, json_string(""));
  }
  if (rules.items.empty()) {
    meet(item, rules.when);
    return item.text();
  }
  Tree body;
  meet(body, rules.when);
  body.add(rules.items, "[" + item.text() + "]");
  return body.text();
}

}  // namespace payhook
