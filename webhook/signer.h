#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/timestamp.h"
#include "webhook/scheme.h"
#include "webhook/signature_key.h"
#include "webhook/signed_request.h"

namespace payhook {

/// A webhook as its sender makes it: a POST.
struct OutgoingWebhook {
  std::string query;  ///< of the URL that it goes to, without the "?"
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  bool has_header(std::string_view name) const;

  /// Its texts are this one's.
  SignedRequest request() const;
};

/// Signs a webhook as its sender does by this scheme: a Verifier with the same scheme and key finds
/// it right. The signature is put into a header, or in the place of the text that stands where the
/// body has it. An id and a time of signing that are headers of their own are added, unless they
/// are there. Throws std::invalid_argument, saying why, where that cannot be done: with a public
/// key, which only checks, or a body without a place for its signature; RepeatedHeader and
/// InvalidSignature as a Verifier does; and std::runtime_error where OpenSSL fails.
void sign(OutgoingWebhook& webhook, const Scheme& scheme, const SignatureKey& key,
          const std::string& id, Timestamp now);

}  // namespace payhook
