#include "webhook/signed_request.h"

#include <fmt/format.h>

#include "core/ascii.h"

namespace payhook {

void require_header_name(std::string_view name) {
  constexpr std::string_view k_characters =
      "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  if (name.empty() || name.find_first_not_of(k_characters) != name.npos) {
    throw std::invalid_argument(fmt::format(
        R"("{}" is no header's name: write it without colon and blanks, as "X-Signature")", name));
  }
  if (name.find('_') != name.npos) {
    throw std::invalid_argument(fmt::format(
        R"("{}" has a _: nginx drops such headers, and this is not told from -)", name));
  }
}

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
