#include "ctl/provider_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "core/ascii.h"
#include "ctl/text_lines.h"
#include "payment/invalid_field.h"

namespace payhook {

namespace {

bool is_code(const std::string& text, const Currencies& currencies) {
  try {
    currencies.find(text);
    return true;
  } catch (const InvalidField&) {
    return false;
  }
}

/// Nothing where it is the code of a currency, and no field.
std::optional<std::size_t> place_of_currency(FieldReader& fields, const std::string& name,
                                             const Currencies& currencies) {
  try {
    return is_code(name, currencies) ? std::nullopt : std::optional(fields.place_of(name));
  } catch (const std::invalid_argument& e) {
    throw std::invalid_argument(fmt::format("{}, and it is no currency's code", e.what()));
  }
}

/// Whether marks between its thousands stand where they belong: 1,234,567.
bool is_grouped(std::string_view whole, char mark) {
  constexpr std::size_t k_group = 3;
  const std::size_t first = whole.find(mark);
  if (first == 0 || first > k_group) {
    return false;
  }
  for (std::size_t i = first; i < whole.size(); i += k_group + 1) {
    if (whole[i] != mark || whole.size() - i <= k_group ||
        whole.substr(i + 1, k_group).find(mark) != whole.npos) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::string plain_number(std::string_view text, char decimal_mark) {
  const char group_mark = decimal_mark == '.' ? ',' : '.';
  text = trimmed(text);
  const std::string_view sign = text.substr(0, text.starts_with('-') ? 1 : 0);
  const std::size_t point = std::min(text.find(decimal_mark), text.size());
  std::string whole(text.substr(sign.size(), point - sign.size()));
  const std::string_view fraction = text.substr(std::min(point + 1, text.size()));
  if (whole.find(group_mark) != whole.npos) {
    if (!is_grouped(whole, group_mark)) {
      return std::string(text);
    }
    std::erase(whole, group_mark);
  }
  return fmt::format("{}{}{}{}", sign, whole, point < text.size() ? "." : "", fraction);
}

ProviderFile::ProviderFile(std::istream& in, ProviderFileFormat format, const Source& source,
                           const Currencies& currencies)
    : m_format(std::move(format)),
      m_source(source),
      m_currencies(currencies),
      m_fields(read_fields(in, m_format.separator)),
      m_id(m_fields->place_of(m_format.id)),
      m_amount(m_fields->place_of(m_format.amount)),
      m_currency(place_of_currency(*m_fields, m_format.currency, currencies)) {
  for (const auto& [field, value] : m_format.only) {
    m_only.emplace_back(m_fields->place_of(field), value);
  }
}

std::optional<ListedPayment> ProviderFile::next() {
  for (auto texts = m_fields->next(); texts; texts = m_fields->next()) {
    if (is_wanted(*texts)) {
      return payment_of(*texts);
    }
    ++m_left_out;
  }
  return std::nullopt;
}

bool ProviderFile::is_wanted(const Texts& texts) const {
  return std::all_of(m_only.begin(), m_only.end(),
                     [&](const auto& each) { return texts[each.first] == each.second; });
}

ListedPayment ProviderFile::payment_of(const Texts& texts) const try {
  const std::string& id = texts[m_id];
  if (id.empty()) {
    throw InvalidField(m_format.id, "it is empty");
  }
  const Currency currency = m_currencies.find(m_currency ? texts[*m_currency] : m_format.currency);
  return {m_fields->line(), (id.starts_with(m_source.id_prefix) ? "" : m_source.id_prefix) + id,
          amount_of(texts[m_amount], currency), currency.code};
} catch (const InvalidField& e) {
  throw WrongLine(m_fields->line(),
                  fmt::format("{} (--only leaves out what is no payment)", e.what()));
}

Amount ProviderFile::amount_of(const std::string& text, const Currency& currency) const {
  const std::string number = plain_number(text, m_format.decimal_mark);
  if (m_format.amount_unit == AmountUnit::MAJOR) {
    return Amount::parse(number, currency);
  }
  const int places = m_source.mapping == nullptr ? currency.minor_units
                                                 : m_source.mapping->minor_units_of(currency);
  return Amount::parse_minor(number, places, currency);
}

}  // namespace payhook
