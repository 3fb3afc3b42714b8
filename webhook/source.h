#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "payment/currencies.h"
#include "webhook/mapping.h"
#include "webhook/statement.h"
#include "webhook/verifier.h"

namespace payhook {

/// The source that is there where none is configured: payhook's own five fields, at the path
/// /v1/webhooks/transactions.
inline constexpr auto k_default_source = "default";

/// How a sender makes sure, before it sends webhooks, that the one at a URL wants them: it asks
/// with a value and wants to read it. Each is empty where the sender does not ask so.
struct Challenge {
  std::string query = {};    ///< GET with this parameter in its query
  std::string header = {};   ///< GET with this header
  std::string field = {};    ///< POST, signed as webhooks are, with a field at this JSON Pointer
  bool cloudevents = false;  ///< OPTIONS with WebHook-Request-Origin (CloudEvents' web hooks, 4)
};

/// What a webhook is answered that is kept.
struct Acknowledgement {
  int status = 202;                      ///< 200, 201, 202 or 204
  std::optional<std::string> body = {};  ///< text to say instead of the usual JSON
};

/// A configured sender. Any number of threads may use it.
struct Source {
  std::string name = k_default_source;

  std::string preset = {};  ///< that its settings lie upon, where there is one

  /// What ids of its transactions begin with, so that no other's are the same.
  std::string id_prefix = {};

  /// Checks who sends. Where there is none, anybody may.
  std::shared_ptr<const Verifier> verifier = {};
  std::vector<std::string> secrets = {};  ///< the verifier's, by the names of their files

  /// How to read its bodies; where there is none, they have the five fields.
  std::shared_ptr<const Mapping> mapping = {};

  /// An authentic webhook that cannot be read is kept and acknowledged, rather than refused.
  bool keeps_unreadable = true;

  Acknowledgement acknowledgement = {};
  Challenge challenge = {};

  /// Media types beside JSON's, in lower case.
  std::vector<std::string> content_types = {};
  std::string form_field = {};  ///< that has the JSON, where a body is a form
  bool gzip = false;            ///< bodies may come compressed so

  std::size_t max_body_bytes = 65536;  ///< as sent, and unpacked
  /// How soon its sender wants the answer; many take a later one for a failure.
  std::chrono::seconds answer_within{5};
  std::chrono::seconds delay{30};  ///< before a transaction may be processed

  /// What to know of it, a sentence for each, for the one who configures it.
  std::vector<std::string> notes = {};

  /// "/v1/webhooks/stripe"
  std::string path() const;

  bool is_authentic() const noexcept { return verifier != nullptr; }

  /// What a body states that came unpacked and out of its form. Throws InvalidWebhook
  /// where nothing of it can be read. The texts of the result point into `json`.
  Statements read(const std::string& json, const Currencies& currencies) const;
};

}  // namespace payhook
