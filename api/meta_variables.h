#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace payhook {

/// Those that are asked for. REQUEST_URI and REQUEST_ID are the front ends' own; the others are of
/// RFC 3875.
enum class MetaVariable : std::uint8_t {
  REQUEST_METHOD,
  REQUEST_URI,
  CONTENT_TYPE,
  CONTENT_LENGTH,
  REMOTE_ADDR,
  REQUEST_ID
};

/// What a front end says of a request, its headers among it: CGI's meta-variables (RFC 3875).
///
/// It is a view of a list as `environ` is one, "NAME=value" each with a null pointer at the end,
/// which must outlive it: a request's lasts until it is answered. Any thread may use it.
class MetaVariables {
 public:
  /// None at all.
  MetaVariables() noexcept { m_values.fill(""); }

  explicit MetaVariables(const char* const* list) noexcept;

  /// The value of a variable, "" where there is none. Of one that is given again the last counts: a
  /// front end says it twice where its configuration does.
  std::string_view find(MetaVariable variable) const noexcept {
    return m_values[static_cast<std::size_t>(variable)];
  }

  /// The value of a header such as Content-Encoding, in whatever case it was sent; "" where it was
  /// not. One that was sent again is a list of values (RFC 9110, section 5.3). For Content-Type and
  /// Content-Length there are variables.
  std::string header(std::string_view name) const;

  /// The same, each of its values for itself.
  std::vector<std::string_view> headers(std::string_view name) const;

  /// Calls use(name, value) for each header, its name in lower case.
  template <typename Use>
  void for_each_header(const Use& use) const {
    for (const char* const* variable = m_list; *variable != nullptr; ++variable) {
      if (const auto header = header_of(*variable)) {
        use(std::string_view(header->first), header->second);
      }
    }
  }

  /// Whether anybody asks for a variable of that name: every header is.
  static bool are_read(std::string_view name) noexcept;

 private:
  static std::optional<std::pair<std::string, std::string_view>> header_of(
      std::string_view variable);

  static constexpr const char* k_none = nullptr;

  const char* const* m_list = &k_none;
  std::array<const char*, 6> m_values;  // in the order of MetaVariable
};

}  // namespace payhook
