#include "api/authorization.h"

#include <algorithm>
#include <string>

#include "api/responses.h"
#include "core/ascii.h"
#include "core/sha256.h"

namespace payhook {

namespace {

/// Nothing where there is none. The scheme's name is in any case (RFC 9110, section 11.1).
std::string bearer_token(const HttpRequest& request) {
  constexpr std::string_view k_scheme = "bearer ";
  const std::string value = request.variables.header("Authorization");
  const bool is_bearer = in_lower_case(value.substr(0, k_scheme.size())) == k_scheme;
  return is_bearer ? std::string(trimmed(value.substr(k_scheme.size()))) : "";
}

/// Null where it has none of them.
const TokensConfig::Token* token_of(const HttpRequest& request, const TokensConfig& config) {
  // What is compared are hashes: what a comparison's time tells of them leads to no token.
  const std::string sent = sha256_of(bearer_token(request));
  const auto token = std::find_if(config.tokens.begin(), config.tokens.end(),
                                  [&sent](const auto& each) { return each.hash == sent; });
  return token == config.tokens.end() ? nullptr : &*token;
}

[[noreturn]] void refuse() {
  throw HttpError(401, "Unauthorized", {{"WWW-Authenticate", "Bearer"}});
}

}  // namespace

bool is_operator(const HttpRequest& request, const Config& config) {
  return token_of(request, config.operating) != nullptr;
}

void require_reader(const HttpRequest& request, const Config& config) {
  if (!config.reading.tokens.empty() && token_of(request, config.reading) == nullptr &&
      !is_operator(request, config)) {
    refuse();
  }
}

std::string require_operator(const HttpRequest& request, const Config& config) {
  const TokensConfig::Token* const token = token_of(request, config.operating);
  if (token == nullptr) {
    refuse();
  }
  return token->name;
}

}  // namespace payhook
