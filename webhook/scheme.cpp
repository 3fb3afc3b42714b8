#include "webhook/scheme.h"

#include <stdexcept>

namespace payhook {

namespace {

void require(bool condition, const char* otherwise) {
  if (!condition) {
    throw std::invalid_argument(otherwise);
  }
}

}  // namespace

void require_proof(const Scheme& scheme) {
  using enum SignedContent::Place;
  const SignedContent& content = scheme.signed_content;
  const bool is_digest =
      scheme.algorithm == Algorithm::SHA256 || scheme.algorithm == Algorithm::SHA512;
  const bool has_timestamp = !scheme.timestamp_header.empty() || !scheme.timestamp_label.empty();
  require(!scheme.signature_header.empty(), "no header is named that has the signature");
  require(is_digest || !content.has(SECRET), "only a plain digest signs {secret}");
  require(!is_digest || content.has(SECRET),
          "anybody can make a plain digest: {secret} must be signed too");
  require(scheme.timestamp_label.empty() || !scheme.separator.empty(),
          "a timestamp beside the signature needs a separator");
  require(has_timestamp || !content.has(TIMESTAMP), "nothing says where {timestamp} is");
  require(!has_timestamp || content.has(TIMESTAMP),
          "a timestamp that is not signed proves nothing: {timestamp} must be");
  require(!scheme.id_header.empty() || !content.has(ID), "nothing says where {id} is");
  require(scheme.id_header.empty() || content.has(ID),
          "an id that is not signed proves nothing: {id} must be");
  require(scheme.tolerance > std::chrono::seconds(0), "the tolerance must be more than 0 seconds");
}

}  // namespace payhook
