#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace payhook {

/// A transaction as the Flask app that payhook replaces has it in its database: nothing of it has
/// been checked. A text is empty where the app has none.
struct FlaskRow {
  using Amount = std::variant<std::monostate, std::int64_t, double, std::string>;

  std::int64_t id = 0;
  std::string transaction_id;
  std::string source_account;
  std::string destination_account;
  Amount amount;
  std::string currency;
  std::string status;
  std::string created_at;  ///< "2025-11-08 14:31:00.123456", in UTC
  std::string processed_at;
};

/// Reads that database from its beginning to its end, as it was when it was opened, and changes
/// nothing of it. For one thread.
class FlaskDatabase {
 public:
  virtual ~FlaskDatabase() = default;

  /// The next row in the order of their ids; nothing behind the last one. Throws ProgramError where
  /// the file cannot be read.
  virtual std::optional<FlaskRow> next() = 0;

  /// The id of the last one; 0 where there are none.
  virtual std::int64_t last_id() = 0;
};

}  // namespace payhook
