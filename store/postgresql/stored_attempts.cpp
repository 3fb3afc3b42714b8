#include "store/postgresql/stored_attempts.h"

namespace payhook::postgresql {

Attempt stored_attempt(const Result& result, std::size_t row, int first) {
  return {result.number(row, first),
          result.time(row, first + 1),
          result.optional_time(row, first + 2),
          result.string(row, first + 3),
          result.string(row, first + 4),
          result.string(row, first + 5)};
}

}  // namespace payhook::postgresql
