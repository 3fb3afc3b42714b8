#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "daemon/handlers/handlers.h"

namespace payhook {

/// The last of what a handler says, however much that is.
class OutputTail {
 public:
  void append(std::string_view bytes) {
    m_text.append(bytes.substr(bytes.size() - std::min(bytes.size(), k_most_output_bytes)));
    if (m_text.size() > 2 * k_most_output_bytes) {
      m_text.erase(0, m_text.size() - k_most_output_bytes);
    }
  }

  std::string text() const {
    return m_text.substr(m_text.size() - std::min(m_text.size(), k_most_output_bytes));
  }

 private:
  std::string m_text;
};

}  // namespace payhook
