#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/http.h"

namespace payhook {

/// The parameters that a request has behind its path. Thread-safe.
class Query {
 public:
  /// Throws HttpError, 400, where there are others than those that are known, or one comes twice,
  /// has no value, or is not encoded as in a form: a slip of the pen must not list everything.
  Query(const HttpRequest& request, std::initializer_list<std::string_view> known);

  /// Nothing for one that is not there.
  std::optional<std::string> find(std::string_view name) const;

 private:
  std::vector<std::pair<std::string, std::string>> m_parameters;
};

}  // namespace payhook
