#include "store/sqlite/stored_transaction.h"

#include <stdexcept>
#include <string>

#include "payment/invalid_field.h"

namespace payhook {

StoredTransaction stored_transaction(const SqliteStatement& row, int first) try {
  const auto text = [&row, first](int column) { return std::string(row.text(first + column)); };
  std::optional<Timestamp> processed_at;
  if (!row.is_null(first + 8)) {
    processed_at = parse_timestamp(row.text(first + 8));
  }
  return {Transaction(text(0), text(1), text(2), Amount::restore(text(3), row.number(first + 4)),
                      text(5)),
          text(6),
          parse_timestamp(row.text(first + 7)),
          processed_at,
          row.number(first + 9),
          row.is_null(first + 10) ? std::nullopt : std::optional(text(10))};
} catch (const InvalidField& e) {
  throw std::invalid_argument(e.what());
}

}  // namespace payhook
