#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "json/pointer.h"
#include "webhook/signed_request.h"

namespace payhook {

/// What a request has that may be signed. Texts that last as long as the request.
struct SignedParts {
  const SignedRequest& request;
  std::string_view timestamp = {};
  std::string_view id = {};
  std::string_view item = {};    ///< JSON, where fields of the body are signed: it, or a part of it
  std::string_view secret = {};  ///< for a plain digest, which has it among what is signed
};

/// The bytes that a sender signs, as a template: fixed text with places in braces, as
/// "{timestamp}.{body}". The places are timestamp, id, method, body, body_crc32 (in decimal),
/// secret, header:NAME, query:NAME and the JSON Pointer of a field of the body (the text of a
/// string without its quotes, nothing where there is no field). What stands in brackets is left out
/// where a place in it is empty, as "[id:{query:id};]".
class SignedContent {
 public:
  using Values = std::map<std::string, std::string, std::less<>>;

  /// `values` are further places with what stands there, as the URL that the sender knows. Throws
  /// std::invalid_argument for a place that is unknown, for what is no header's name, and for a
  /// brace or bracket without its other.
  explicit SignedContent(std::string_view text, const Values& values = {});

  /// Throws RepeatedHeader, and InvalidSignature for a field that is an array or an object.
  std::string of(const SignedParts& parts) const;

  enum class Place : std::uint8_t {
    TEXT,
    TIMESTAMP,
    ID,
    METHOD,
    BODY,
    BODY_CRC32,
    SECRET,
    HEADER,
    QUERY,
    FIELD,
    OPEN,  ///< of what may be left out
    CLOSE
  };

  bool has(Place place) const noexcept;

 private:
  struct Part {
    Place place;
    std::string text = {};  // fixed, or a name
    std::size_t field = 0;  // its number
  };

  void add_text(std::string_view text);
  void add_place(const std::string& name, const Values& values);
  std::string value_of(const Part& part, const SignedParts& parts,
                       const std::vector<std::string_view>& fields) const;

  std::vector<Part> m_parts;
  JsonPointers m_fields;
};

}  // namespace payhook
