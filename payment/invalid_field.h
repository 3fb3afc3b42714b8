#pragma once

#include <stdexcept>
#include <string>

namespace payhook {

/// A field of a transaction whose value breaks its rule. what() is the sentence that the sender
/// reads: "Invalid amount: must be greater than 0".
class InvalidField : public std::runtime_error {
 public:
  InvalidField(const std::string& field, const std::string& reason)
      : std::runtime_error("Invalid " + field + ": " + reason), m_reason(reason) {}

  /// What the sentence says behind the field.
  const std::string& reason() const noexcept { return m_reason; }

 private:
  const std::string m_reason;
};

}  // namespace payhook
