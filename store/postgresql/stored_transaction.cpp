#include "store/postgresql/stored_transaction.h"

#include <stdexcept>

#include "payment/invalid_field.h"
#include "store/postgresql/parameters.h"

namespace payhook::postgresql {

StoredTransaction stored_transaction(const Result& result, std::size_t row, int first) try {
  const auto text = [&](int column) { return result.string(row, first + column); };
  return {Transaction(text(0), text(1), text(2),
                      Amount::restore(text(3), result.number(row, first + 4)), text(5)),
          text(6),
          result.time(row, first + 7),
          result.optional_time(row, first + 8),
          result.number(row, first + 9),
          result.optional_string(row, first + 10)};
} catch (const InvalidField& e) {
  throw std::invalid_argument(e.what());
}

BrowsedTransaction browsed_transaction(const Result& result, std::size_t row) {
  constexpr int k_due_at = 2 + k_stored_column_count;
  BrowsedTransaction browsed{result.number(row, 0), result.string(row, 1),
                             stored_transaction(result, row, 2),
                             result.optional_time(row, k_due_at), result.string(row, k_due_at + 1)};
  if (browsed.due_at == k_never) {
    browsed.due_at.reset();  // it waits for another one of its account
  }
  return browsed;
}

}  // namespace payhook::postgresql
