#include "service/config/tokens_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "core/ascii.h"
#include "core/sha256.h"
#include "service/secret_file.h"

namespace payhook {

namespace {

// 16 random characters are more than anybody can try.
constexpr std::size_t k_least_characters = 16;

// Of a token that can stand in a header (RFC 6750, section 2.1). "=" comes last there, which is not
// looked at: who sends another token is refused anyway.
constexpr std::string_view k_characters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=";

std::string token_in(const std::filesystem::path& file) {
  std::string token = read_secret_file(file);
  if (token.size() < k_least_characters || token.find_first_not_of(k_characters) != token.npos) {
    throw std::invalid_argument(fmt::format(
        "{} must hold one token of at least {} letters, digits and -._~+/=: make one with "
        "openssl rand -hex 32",
        file.string(), k_least_characters));
  }
  return token;
}

/// The record of operators' acts has nothing else to tell one who holds a token from another.
void require_name(const std::filesystem::path& file,
                  const std::vector<TokensConfig::Token>& others) {
  const std::string name = file.filename().string();
  if (std::any_of(name.begin(), name.end(), is_control)) {
    throw std::invalid_argument("a token's file must not have control characters in its name");
  }
  if (std::any_of(others.begin(), others.end(),
                  [&name](const auto& other) { return other.name == name; })) {
    throw std::invalid_argument(fmt::format(
        "two of the files are named {}, and a token is known by the name of its file", name));
  }
}

}  // namespace

void TokensConfig::read(ConfigSection& section) {
  std::vector<Token> named;
  section.read_every_secret("tokens", [&named](const ConfigSection::SecretFile& secret) {
    if (secret.not_before || secret.not_after) {
      throw std::invalid_argument("a token counts as long as it is named, and has no times");
    }
    require_name(secret.path, named);
    named.push_back({secret.path.filename().string(), sha256_of(token_in(secret.path))});
  });
  if (!named.empty()) {
    tokens = std::move(named);
  }
}

}  // namespace payhook
