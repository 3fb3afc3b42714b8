#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "webhook/signature_key.h"

namespace payhook {

/// Signs what payhook itself sends, as Standard Webhooks has it (github.com/standard-webhooks,
/// version 1: HMAC-SHA256). Any number of threads may use it once it has its secrets.
class WebhookSigner {
 public:
  /// A further secret, with which all is signed too: base64, behind "whsec_" or not. Throws
  /// std::invalid_argument for anything else; what it says holds nothing of the secret.
  void add_secret(std::string_view text);

  bool has_secrets() const noexcept { return !m_keys.empty(); }

  /// The value of the header webhook-signature. `sent_at` is in seconds since 1970. Throws
  /// std::runtime_error where OpenSSL fails.
  std::string sign(std::string_view id, std::int64_t sent_at, std::string_view body) const;

 private:
  std::vector<std::shared_ptr<const SignatureKey>> m_keys;
};

}  // namespace payhook
