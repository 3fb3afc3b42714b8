#include "webhook/webhook_signer.h"

#include <fmt/format.h>

#include "webhook/encoding.h"

namespace payhook {

void WebhookSigner::add_secret(std::string_view text) {
  constexpr std::string_view k_prefix = "whsec_";
  if (text.starts_with(k_prefix)) {
    text.remove_prefix(k_prefix.size());
  }
  m_keys.push_back(
      std::make_shared<const SignatureKey>(Algorithm::HMAC_SHA256, KeyEncoding::BASE64, text));
}

std::string WebhookSigner::sign(std::string_view id, std::int64_t sent_at,
                                std::string_view body) const {
  const std::string content = fmt::format("{}.{}.{}", id, sent_at, body);
  std::string signatures;
  for (const auto& key : m_keys) {
    signatures +=
        fmt::format("{}v1,{}", signatures.empty() ? "" : " ", to_base64(key->sign(content)));
  }
  return signatures;
}

}  // namespace payhook
