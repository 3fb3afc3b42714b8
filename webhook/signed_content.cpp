#include "webhook/signed_content.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "core/percent_encoding.h"
#include "webhook/field_text.h"
#include "webhook/template.h"

namespace payhook {

namespace {

using Place = SignedContent::Place;

constexpr std::pair<std::string_view, Place> k_places[] = {
    {"timestamp", Place::TIMESTAMP},   {"id", Place::ID},         {"method", Place::METHOD},
    {"body_crc32", Place::BODY_CRC32}, {"secret", Place::SECRET}, {"body", Place::BODY},
};

constexpr std::pair<std::string_view, Place> k_named_places[] = {
    {"header:", Place::HEADER},
    {"query:", Place::QUERY},
};

/// Of a place under values, which TOML takes without quotes.
bool is_name(std::string_view text) {
  return !text.empty() &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == text.npos;
}

}  // namespace

SignedContent::SignedContent(std::string_view text, const Values& values) {
  for (const TemplatePiece& piece : split_template(text)) {
    if (piece.is_place) {
      add_place(piece.text, values);
    } else {
      add_text(piece.text);
    }
  }
  bool open = false;
  for (const Part& part : m_parts) {
    if (part.place == (open ? Place::OPEN : Place::CLOSE)) {
      throw std::invalid_argument("it has a bracket without its other, or in another");
    }
    open = part.place == Place::OPEN || (open && part.place != Place::CLOSE);
  }
  if (open) {
    throw std::invalid_argument("it has a bracket without its other");
  }
}

void SignedContent::add_text(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of("[]"), text.size());
    if (end > 0) {
      m_parts.push_back({Place::TEXT, std::string(text.substr(0, end))});
    }
    if (end < text.size()) {
      m_parts.push_back({text[end] == '[' ? Place::OPEN : Place::CLOSE});
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void SignedContent::add_place(const std::string& name, const Values& values) {
  for (const auto& [known, place] : k_places) {
    if (known == name) {
      m_parts.push_back({place});
      return;
    }
  }
  for (const auto& [prefix, place] : k_named_places) {
    if (name.starts_with(prefix) && name.size() > prefix.size()) {
      if (place == Place::HEADER) {
        require_header_name(std::string_view(name).substr(prefix.size()));
      }
      m_parts.push_back({place, name.substr(prefix.size())});
      return;
    }
  }
  if (name.starts_with('/')) {
    m_parts.push_back({Place::FIELD, "", m_fields.add(name)});
    return;
  }
  const auto value = values.find(name);
  if (value == values.end()) {
    throw std::invalid_argument(fmt::format(
        "{0}; beside values the places are timestamp, id, method, body, body_crc32, secret, "
        "header:NAME, query:NAME and JSON Pointers",
        is_name(name) ? fmt::format(R"(values.{0} is missing: values.{0} = "…")", name)
                      : fmt::format("'{{{}}}' is no place", name)));
  }
  m_parts.push_back({Place::TEXT, value->second});
}

std::string SignedContent::of(const SignedParts& parts) const {
  const std::vector<std::string_view> fields =
      m_fields.empty() ? std::vector<std::string_view>() : m_fields.find(parts.item);
  std::string content;
  content.reserve(256 + (has(Place::BODY) ? parts.request.body.size() : 0));
  std::size_t open = 0;
  bool is_missing = false;
  for (const Part& part : m_parts) {
    if (part.place == Place::OPEN) {
      open = content.size();
      is_missing = false;
    } else if (part.place == Place::CLOSE) {
      content.resize(is_missing ? open : content.size());
    } else if (part.place == Place::BODY) {
      content += parts.request.body;
    } else {
      const std::string value = value_of(part, parts, fields);
      is_missing = is_missing || value.empty();
      content += value;
    }
  }
  return content;
}

std::string SignedContent::value_of(const Part& part, const SignedParts& parts,
                                    const std::vector<std::string_view>& fields) const {
  switch (part.place) {
    case Place::TIMESTAMP:
      return std::string(parts.timestamp);
    case Place::ID:
      return std::string(parts.id);
    case Place::METHOD:
      return std::string(parts.request.method);
    case Place::BODY_CRC32:
      return std::to_string(::crc32_z(0, reinterpret_cast<const Bytef*>(parts.request.body.data()),
                                      parts.request.body.size()));
    case Place::SECRET:
      return std::string(parts.secret);
    case Place::HEADER:
      return std::string(parts.request.value_of_first({&part.text, 1}));
    case Place::QUERY:
      return form_value(parts.request.query, part.text).value_or("");
    case Place::FIELD:
      if (is_nested(fields[part.field])) {
        throw InvalidSignature("a field that is signed has no text");
      }
      return field_text(fields[part.field]);
    case Place::TEXT:
    case Place::BODY:
    case Place::OPEN:
    case Place::CLOSE:
      break;
  }
  return part.text;
}

bool SignedContent::has(Place place) const noexcept {
  return std::any_of(m_parts.begin(), m_parts.end(),
                     [place](const Part& part) { return part.place == place; });
}

}  // namespace payhook
