#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace payhook {

/// What a request has that may be signed. Texts that last as long as the request.
struct SignedParts {
  std::string_view timestamp;
  std::string_view id;
  std::string_view method;
  std::string_view url;  ///< as the sender knows it, from the configuration
  std::string_view body;
  std::string_view secret;  ///< for a plain digest, which has it among what is signed
};

/// The bytes that a sender signs, as a template: fixed text with places in braces, as
/// "{timestamp}.{body}". The places are timestamp, id, method, url, body and secret.
class SignedContent {
 public:
  /// Throws std::invalid_argument for a place that is unknown, and for a brace without its other.
  explicit SignedContent(std::string_view text);

  std::string of(const SignedParts& parts) const;

  enum class Place : std::uint8_t { TEXT, TIMESTAMP, ID, METHOD, URL, BODY, SECRET };

  bool has(Place place) const noexcept;

 private:
  struct Part {
    Place place;
    std::string text;  // of TEXT
  };
  std::vector<Part> m_parts;
};

}  // namespace payhook
