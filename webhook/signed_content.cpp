#include "webhook/signed_content.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace payhook {

namespace {

using Place = SignedContent::Place;

constexpr std::pair<std::string_view, Place> k_places[] = {
    {"timestamp", Place::TIMESTAMP}, {"id", Place::ID},
    {"method", Place::METHOD},       {"url", Place::URL},
    {"body", Place::BODY},           {"secret", Place::SECRET},
};

Place place_of(std::string_view name) {
  for (const auto& [known, place] : k_places) {
    if (known == name) {
      return place;
    }
  }
  throw std::invalid_argument(fmt::format(
      "'{{{}}}' is no place; there are timestamp, id, method, url, body and secret", name));
}

}  // namespace

SignedContent::SignedContent(std::string_view text) {
  while (!text.empty()) {
    const std::size_t open = std::min(text.find('{'), text.size());
    const std::size_t close = text.find('}');
    if (close < open || (close == text.npos && open < text.size())) {
      throw std::invalid_argument("it has a brace without its other");
    }
    if (open > 0) {
      m_parts.push_back({Place::TEXT, std::string(text.substr(0, open))});
    }
    if (open == text.size()) {
      return;
    }
    m_parts.push_back({place_of(text.substr(open + 1, close - open - 1)), ""});
    text.remove_prefix(close + 1);
  }
}

std::string SignedContent::of(const SignedParts& parts) const {
  std::string content;
  content.reserve(parts.body.size() + 256);
  for (const Part& part : m_parts) {
    switch (part.place) {
      case Place::TEXT:
        content += part.text;
        break;
      case Place::TIMESTAMP:
        content += parts.timestamp;
        break;
      case Place::ID:
        content += parts.id;
        break;
      case Place::METHOD:
        content += parts.method;
        break;
      case Place::URL:
        content += parts.url;
        break;
      case Place::BODY:
        content += parts.body;
        break;
      case Place::SECRET:
        content += parts.secret;
        break;
    }
  }
  return content;
}

bool SignedContent::has(Place place) const noexcept {
  return std::any_of(m_parts.begin(), m_parts.end(),
                     [place](const Part& part) { return part.place == place; });
}

}  // namespace payhook
