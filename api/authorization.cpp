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

}  // namespace

void require_reader(const HttpRequest& request, const ReadingConfig& config) {
  if (config.token_hashes.empty()) {
    return;
  }
  // What is compared are hashes: what a comparison's time tells of them leads to no token.
  const std::string sent = sha256_of(bearer_token(request));
  if (std::find(config.token_hashes.begin(), config.token_hashes.end(), sent) ==
      config.token_hashes.end()) {
    throw HttpError(401, "Unauthorized", {{"WWW-Authenticate", "Bearer"}});
  }
}

}  // namespace payhook
