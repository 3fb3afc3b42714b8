#include "webhook/mapping.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <stdexcept>

#include "core/ascii.h"
#include "json/grammar.h"
#include "payment/invalid_field.h"
#include "webhook/field_text.h"
#include "webhook/parse_webhook.h"
#include "webhook/template.h"

namespace payhook {

namespace {

// Of a type that a sender gives an event, in bytes.
constexpr std::size_t k_most_type_bytes = 255;
constexpr auto k_no_type = "unnamed";

bool is_zero(std::string_view number) {
  const std::string_view digits = number.substr(0, number.find_first_of("eE"));
  return digits.find('0') != digits.npos && digits.find_first_not_of("-0.") == digits.npos;
}

}  // namespace

Mapping::Mapping(const MappingRules& rules) : m_configured(rules) {
  if (!rules.items.empty()) {
    m_items.add(rules.items);
  }
  m_body_conditions = compiled(rules.when, m_body_fields);
  m_event = compiled(rules.event, m_fields);
  for (const PaymentRule& rule : rules.payments) {
    m_rules.push_back(compiled(rule));
  }
}

std::vector<Mapping::Condition> Mapping::compiled(const std::vector<FieldCondition>& conditions,
                                                  JsonPointers& pointers) {
  std::vector<Condition> result;
  result.reserve(conditions.size());
  for (const FieldCondition& condition : conditions) {
    result.push_back({pointers.add(condition.pointer), condition.values});
  }
  return result;
}

void Mapping::check(const std::vector<std::string>& templates) {
  JsonPointers ignored;
  static_cast<void>(compiled(templates, ignored));
}

void Mapping::check_varying(const std::vector<std::string>& templates) {
  check(templates);
  if (std::none_of(templates.begin(), templates.end(), has_place)) {
    throw std::invalid_argument(R"(it must have a place in braces, as "{/data/id}")");
  }
}

Mapping::Templates Mapping::compiled(const std::vector<std::string>& templates,
                                     JsonPointers& pointers) {
  Templates result;
  for (const std::string& text : templates) {
    if (text.starts_with('/') && !has_place(text)) {
      throw std::invalid_argument(
          fmt::format(R"("{0}" is itself, and no field: write "{{{0}}}")", text));
    }
    Template& compiled = result.emplace_back();
    for (TemplatePiece& piece : split_template(text)) {
      const std::size_t field = piece.is_place ? pointers.add(piece.text) : 0;
      compiled.push_back({std::move(piece.text), field, piece.is_place});
    }
  }
  return result;
}

Mapping::Rule Mapping::compiled(const PaymentRule& rule) {
  const auto required = [this](const char* name, const std::vector<std::string>& templates) {
    if (templates.empty()) {
      throw std::invalid_argument(fmt::format("nothing says what {} is", name));
    }
    return compiled(templates, m_fields);
  };
  return {.when = compiled(rule.when, m_fields),
          .transaction_id = required("transaction_id", rule.transaction_id),
          .source_account = required("source_account", rule.source_account),
          .destination_account = required("destination_account", rule.destination_account),
          .amount = required("amount", rule.amount),
          .currency = required("currency", rule.currency),
          .amount_unit = rule.amount_unit};
}

bool Mapping::hold(const std::vector<Condition>& conditions, const Fields& fields) {
  return std::all_of(conditions.begin(), conditions.end(), [&](const Condition& condition) {
    const std::string_view json = fields[condition.field];
    const bool is_string = json.starts_with('"');
    return !json.empty() && !is_nested(json) &&
           std::any_of(condition.values.begin(), condition.values.end(), [&](const auto& value) {
             return value.is_string == is_string && value.text == field_text(json);
           });
  });
}

/// Nothing where each of the templates has a place without a value.
std::string Mapping::text_of(const Templates& templates, const Fields& fields) {
  for (const Template& pieces : templates) {
    std::string text;
    const bool is_whole = std::all_of(pieces.begin(), pieces.end(), [&](const Piece& piece) {
      const std::string value = piece.is_place && !is_nested(fields[piece.field])
                                    ? field_text(fields[piece.field])
                                    : std::string();
      text += piece.is_place ? value : piece.text;
      return !piece.is_place || !value.empty();
    });
    if (is_whole) {
      return text;
    }
  }
  return "";
}

std::string Mapping::required(const char* name, const Templates& templates, const Fields& fields) {
  std::string text = text_of(templates, fields);
  if (text.empty()) {
    throw InvalidField(name, "it is not where the mapping says");
  }
  return text;
}

Statements Mapping::read(const std::string& body, const Currencies& currencies,
                         const Finish& finish) const {
  const std::string_view root = read_json(body, {});
  if (root.empty()) {
    throw InvalidWebhook("Invalid JSON");
  }
  if (!hold(m_body_conditions, m_body_fields.find(root))) {
    return {{{OtherEvent{m_items.empty() ? type_of(m_fields.find(root)) : k_no_type}, root}}, {}};
  }
  if (m_items.empty()) {
    return {{read_item(root, currencies, finish)}, {}};
  }
  const auto items = json_elements(m_items.find(root)[0], k_most_items + 1);
  if (items.empty() || items.size() > k_most_items) {
    throw InvalidWebhook(fmt::format("Invalid items: there must be 1 to {}", k_most_items));
  }
  Statements result;
  for (const std::string_view item : items) {
    try {
      result.statements.push_back(read_item(item, currencies, finish));
    } catch (const InvalidField& e) {
      result.why_not_all = result.why_not_all.value_or(e.what());
    }
  }
  return result;
}

Statement Mapping::read_item(std::string_view item, const Currencies& currencies,
                             const Finish& finish) const {
  auto content = content_of(m_fields.find(item), currencies);
  if (auto* transaction = std::get_if<Transaction>(&content)) {
    content = finish(std::move(*transaction));
  }
  return {std::move(content), item};
}

std::variant<Transaction, OtherEvent> Mapping::content_of(const Fields& fields,
                                                          const Currencies& currencies) const {
  const auto rule = std::find_if(m_rules.begin(), m_rules.end(),
                                 [&](const Rule& each) { return hold(each.when, fields); });
  if (rule == m_rules.end()) {
    return OtherEvent{type_of(fields)};
  }
  return payment_of(*rule, fields, currencies);
}

std::variant<Transaction, OtherEvent> Mapping::payment_of(const Rule& rule, const Fields& fields,
                                                          const Currencies& currencies) const {
  const std::string number = required("amount", rule.amount, fields);
  if (is_zero(number)) {
    return OtherEvent{type_of(fields)};
  }
  const Currency currency = currencies.find(required("currency", rule.currency, fields));
  return Transaction(required("transaction_id", rule.transaction_id, fields),
                     required("source_account", rule.source_account, fields),
                     required("destination_account", rule.destination_account, fields),
                     amount_of(number, rule.amount_unit, currency), currency.code);
}

Amount Mapping::amount_of(const std::string& number, AmountUnit unit,
                          const Currency& currency) const {
  return unit == AmountUnit::MAJOR
             ? Amount::parse(number, currency)
             : Amount::parse_minor(number, minor_units_of(currency), currency);
}

int Mapping::minor_units_of(const Currency& currency) const {
  const auto own = m_configured.minor_units.find(currency.code);
  return own == m_configured.minor_units.end() ? currency.minor_units : own->second;
}

std::string Mapping::type_of(const Fields& fields) const {
  std::string type = text_of(m_event, fields);
  const bool is_told = !type.empty() && type.size() <= k_most_type_bytes &&
                       std::none_of(type.begin(), type.end(), is_control);
  return is_told ? type : k_no_type;
}

}  // namespace payhook
