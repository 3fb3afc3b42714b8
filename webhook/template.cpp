#include "webhook/template.h"

#include <algorithm>
#include <stdexcept>

namespace payhook {

std::vector<TemplatePiece> split_template(std::string_view text) {
  std::vector<TemplatePiece> pieces;
  while (!text.empty()) {
    const std::size_t open = std::min(text.find('{'), text.size());
    const std::size_t close = text.find('}');
    if (close < open || (close == text.npos && open < text.size())) {
      throw std::invalid_argument("it has a brace without its other");
    }
    if (open > 0) {
      pieces.push_back({false, std::string(text.substr(0, open))});
    }
    if (open == text.size()) {
      break;
    }
    pieces.push_back({true, std::string(text.substr(open + 1, close - open - 1))});
    text.remove_prefix(close + 1);
  }
  return pieces;
}

}  // namespace payhook
