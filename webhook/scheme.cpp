#include "webhook/scheme.h"

#include <stdexcept>

namespace payhook {

namespace {

void require(bool condition, const char* otherwise) {
  if (!condition) {
    throw std::invalid_argument(otherwise);
  }
}

bool is_digest(Algorithm algorithm) {
  return algorithm == Algorithm::SHA256 || algorithm == Algorithm::SHA384 ||
         algorithm == Algorithm::SHA512;
}

}  // namespace

void require_proof(const Scheme& scheme) {
  using enum SignedContent::Place;
  const SignedContent& content = scheme.signed_content;
  const bool digest = is_digest(scheme.algorithm);
  const bool has_timestamp = !scheme.timestamp_header.empty() || !scheme.timestamp_label.empty();
  require(!scheme.signature_header.empty() || scheme.signature_field,
          "nothing says which header or field has the signature");
  require(scheme.signature_header.empty() || !scheme.signature_field,
          "the signature is in a header or in a field, not in both");
  require(scheme.signature_field || !content.has(FIELD),
          "fields of the body are signed only where a field has the signature");
  require(scheme.signature_field || !scheme.items,
          "items are signed only where a field of each has its signature");
  require(!scheme.signature_field || (!has_timestamp && scheme.id_header.empty()),
          "a time or an id is signed only where a header has the signature");
  require(scheme.algorithm != Algorithm::TOKEN || scheme.signature_encoding == Encoding::TEXT,
          "a token is sent as it is: encoding = \"text\"");
  require(!scheme.signature_field || scheme.separator.empty(),
          "a field has one signature: a separator is for headers");
  require(digest || !content.has(SECRET), "only a plain digest signs {secret}");
  require(!digest || content.has(SECRET),
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

bool is_static(const Scheme& scheme) {
  using enum SignedContent::Place;
  const SignedContent& content = scheme.signed_content;
  return scheme.algorithm == Algorithm::TOKEN ||
         !(content.has(BODY) || content.has(BODY_CRC32) || content.has(FIELD) ||
           content.has(TIMESTAMP) || content.has(ID) || content.has(HEADER) || content.has(QUERY));
}

std::vector<std::string> weaknesses_of(const Scheme& scheme) {
  using enum SignedContent::Place;
  const SignedContent& content = scheme.signed_content;
  std::vector<std::string> weaknesses;
  if (scheme.algorithm == Algorithm::TOKEN) {
    weaknesses.emplace_back("nothing is signed: who learns the secret can send anything");
  } else if (content.has(BODY_CRC32) && !content.has(BODY)) {
    weaknesses.emplace_back(
        "only a CRC-32 of the body is signed: who has one webhook can make another of it");
  } else if (content.has(FIELD) && !content.has(BODY)) {
    weaknesses.emplace_back("only some fields of the body are signed: the others prove nothing");
  } else if (!content.has(BODY)) {
    weaknesses.emplace_back("the body is not signed: who has one webhook can make another of it");
  }
  if (is_digest(scheme.algorithm)) {
    weaknesses.emplace_back("a plain digest with a secret in it is weaker than an HMAC");
  }
  return weaknesses;
}

}  // namespace payhook
