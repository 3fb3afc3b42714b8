#pragma once

#include <string>
#include <string_view>

#include "webhook/source.h"

namespace payhook {

/// How a body comes, as the headers beside it say. All functions are thread-safe.
struct Packaging {
  Packaging(std::string_view content_type, std::string_view content_encoding);

  std::string media_type;  ///< in lower case, without its parameters
  std::string encoding;    ///< in lower case; nothing for a body as it is
};

/// Whether it is a form from which this source's JSON is taken.
bool is_form(const Packaging& packaging, const Source& source);

/// Whether it is compressed, in the way that this source may send.
bool is_packed(const Packaging& packaging, const Source& source);

/// Whether json_of() is the body as it came.
bool is_plain_json(const Packaging& packaging, const Source& source);

/// The JSON of a body: unpacked, and out of its form. Throws InvalidWebhook.
std::string json_of(const std::string& body, const Packaging& packaging, const Source& source);

}  // namespace payhook
