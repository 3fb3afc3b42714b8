#include "api/query.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/responses.h"
#include "core/percent_encoding.h"

namespace payhook {

Query::Query(const HttpRequest& request, std::initializer_list<std::string_view> known) {
  auto parameters = form_fields(request.query());
  if (!parameters) {
    throw HttpError(400, "Invalid query: not percent-encoded");
  }
  for (auto& [name, value] : *parameters) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      throw HttpError(
          400, fmt::format("Unknown parameter: there are {}",
                           known.size() == 0 ? "none" : fmt::to_string(fmt::join(known, ", "))));
    }
    if (find(name)) {
      throw HttpError(400, fmt::format("Invalid {}: it comes twice", name));
    }
    if (value.empty()) {
      throw HttpError(400, fmt::format("Invalid {}: it is empty", name));
    }
    m_parameters.emplace_back(std::move(name), std::move(value));
  }
}

std::optional<std::string> Query::find(std::string_view name) const {
  const auto place = std::find_if(m_parameters.begin(), m_parameters.end(),
                                  [&](const auto& parameter) { return parameter.first == name; });
  return place == m_parameters.end() ? std::nullopt : std::optional(place->second);
}

}  // namespace payhook
