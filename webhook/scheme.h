#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "webhook/encoding.h"
#include "webhook/signature_key.h"
#include "webhook/signed_content.h"

namespace payhook {

/// How a time of signing is written: as a decimal number since 1970.
enum class TimestampUnit : std::uint8_t { SECONDS, MILLISECONDS };

/// How a sender signs: data, so that one nobody has heard of is a matter of configuration. Of names
/// of headers, the first that was sent counts.
struct Scheme {
  Algorithm algorithm = Algorithm::HMAC_SHA256;
  SignedContent signed_content = SignedContent("{body}");

  std::vector<std::string> signature_header;
  Encoding signature_encoding = Encoding::HEX;

  /// What an entry of that header begins with that is a signature, as "v1=" or "sha256=".
  std::string signature_label = {};

  /// What its entries are separated by. Where that is nothing it is one entry.
  std::string separator = {};

  /// The time of signing, where there is one: an entry that begins so, or a header of its own.
  std::string timestamp_label = {};
  std::vector<std::string> timestamp_header = {};
  TimestampUnit timestamp_unit = TimestampUnit::SECONDS;

  /// How far it may be from the time of arrival, before and after.
  std::chrono::seconds tolerance{300};

  /// The delivery's id, where it is signed.
  std::vector<std::string> id_header = {};
};

/// Throws std::invalid_argument, saying why, for a scheme by which nobody proves anything, or that
/// does not say where a part of what is signed is.
void require_proof(const Scheme& scheme);

}  // namespace payhook
