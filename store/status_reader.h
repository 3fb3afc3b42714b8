#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/timestamp.h"
#include "payment/transaction.h"
#include "store/errors.h"

namespace payhook {

/// What the status of a transaction is: a later release may add others.
inline constexpr std::array<std::string_view, 3> k_transaction_statuses{"PROCESSING", "PROCESSED",
                                                                        "FAILED"};

/// A transaction as the store holds it.
struct StoredTransaction {
  Transaction transaction;
  std::string status;  ///< one of k_transaction_statuses, or what a later release has added
  Timestamp created_at;
  std::optional<Timestamp> processed_at;       ///< absent while PROCESSING
  std::int64_t attempts = 0;                   ///< how often a handler was begun for it
  std::optional<std::string> last_error = {};  ///< why it has not succeeded, where it has not
};

/// Looks transactions up. Every member function is for one thread at a time.
class StatusReader {
 public:
  virtual ~StatusReader() = default;

  /// The transaction of this source with this id, if there is one. Throws StoreUnavailable or
  /// StoreBroken.
  virtual std::optional<StoredTransaction> find(std::string_view source,
                                                std::string_view transaction_id) = 0;
};

}  // namespace payhook
