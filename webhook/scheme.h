#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "webhook/encoding.h"
#include "webhook/signature_key.h"
#include "webhook/signed_content.h"

namespace payhook {

/// How a time of signing is written.
enum class TimestampUnit : std::uint8_t {
  SECONDS,       ///< since 1970, in decimal
  MILLISECONDS,  ///< the same
  RFC3339,
  UNCHECKED  ///< in any way: it is a part of what is signed, and its age is not looked at
};

/// How a sender signs: data, so that one nobody has heard of is a matter of configuration. Of names
/// of headers, the first that was sent counts.
struct Scheme {
  Algorithm algorithm = Algorithm::HMAC_SHA256;
  SignedContent signed_content = SignedContent("{body}");

  std::vector<std::string> signature_header = {};

  /// Instead of a header: the JSON Pointer of the signature in the body; and that of the array,
  /// where each of its elements is signed so for itself.
  std::optional<std::string> signature_field = {};
  std::optional<std::string> items = {};

  Encoding signature_encoding = Encoding::HEX;

  /// What an entry of that header begins with that is a signature, as "v1=" or "sha256=".
  std::string signature_label = {};

  /// What its entries are separated by. Where that is nothing it is one entry.
  std::string separator = {};

  /// An entry without which there is no signature, as one that names the algorithm.
  std::string required_entry = {};

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

/// Whether what proves it is the same each time: whoever has read it once can send anything.
bool is_static(const Scheme& scheme);

/// What a proof by this scheme leaves open, a sentence for each, for the one who configures it.
std::vector<std::string> weaknesses_of(const Scheme& scheme);

}  // namespace payhook
