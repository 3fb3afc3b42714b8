#include "webhook/signed_request.h"

#include <fmt/format.h>

#include "core/ascii.h"

namespace payhook {

std::string_view SignedRequest::value_of_first(std::span<const std::string> names) const {
  for (const std::string& name : names) {
    const auto values = header(name);
    if (values.size() > 1) {
      throw RepeatedHeader(fmt::format("the header {} was sent more than once", name));
    }
    if (!values.empty()) {
      return trimmed(values.front());
    }
  }
  return {};
}

}  // namespace payhook
