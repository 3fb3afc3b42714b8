#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/ascii.h"
#include "webhook/verifier.h"

namespace payhook::test {

/// What a test asks of a verifier. The clock is milliseconds since 1970.
struct Delivery {
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::int64_t clock = 0;
  std::string query = "";

  SignedRequest request() const {
    return {"POST", query, body, [this](std::string_view name) {
              std::vector<std::string_view> values;
              for (const auto& [sent, value] : headers) {
                if (in_lower_case(sent) == in_lower_case(name)) {
                  values.emplace_back(value);
                }
              }
              return values;
            }};
  }
};

/// "right", or why not.
inline std::string verdict(const Verifier& verifier, const Delivery& delivery) {
  try {
    verifier.verify(delivery.request(), Timestamp(std::chrono::milliseconds(delivery.clock)));
    return "right";
  } catch (const InvalidSignature& e) {
    return e.what();
  } catch (const RepeatedHeader& e) {
    return std::string("repeated: ") + e.what();
  }
}

}  // namespace payhook::test
