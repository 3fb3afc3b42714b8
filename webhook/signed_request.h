#pragma once

#include <functional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace payhook {

/// A webhook whose sender has not proved who it is. what() says why, for the log: the sender reads
/// "Invalid signature".
class InvalidSignature : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A webhook with one of the headers twice that its signature is made of.
class RepeatedHeader : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Throws std::invalid_argument, saying why, for what is no header's name (RFC 9110, section 5.1),
/// or has a "_": web servers drop such headers, and what is handed on does not tell it from "-".
/// Thread-safe.
void require_header_name(std::string_view name);

/// What a proof is made over. The texts must last until it has been checked.
struct SignedRequest {
  std::string_view method;
  std::string_view query;  ///< of its target, without the "?"
  std::string_view body;   ///< the exact bytes received
  /// The values of a header, in whatever case its name was sent: one for each time.
  std::function<std::vector<std::string_view>(std::string_view name)> header;

  /// The value of the first of these headers that was sent, without the white space around it, or
  /// nothing. Throws RepeatedHeader.
  std::string_view value_of_first(std::span<const std::string> names) const;
};

}  // namespace payhook
