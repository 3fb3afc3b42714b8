#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/timestamp.h"
#include "payment/transaction.h"
#include "store/deadline.h"
#include "store/intake.h"
#include "store/operations.h"

namespace payhook {

/// A transaction that another program took in before there was payhook.
struct PastTransaction {
  Transaction transaction;
  Timestamp created_at;
  std::optional<Timestamp> processed_at = {};  ///< absent: it is PROCESSING still
  Timestamp due_at = {};                       ///< when it may be processed, where it is PROCESSING
  bool keeps_order = false;                    ///< as StatedPayment has it
};

/// Takes in transactions with what has become of them. For one thread at a time.
class TransactionImporter {
 public:
  virtual ~TransactionImporter() = default;

  /// Stores those of a source whose ids are not there yet, without body and headers, in one commit,
  /// and returns a result for each in their order: CREATED, DUPLICATE, or, where other values are
  /// there and stand, CONFLICT. The first call of this session that stores any records the act in
  /// that commit. Throws as WebhookIntake::store() does; calling it again does no harm.
  virtual std::vector<IntakeResult> add(std::string_view source,
                                        std::span<const PastTransaction> transactions,
                                        const Act& act, Deadline deadline) = 0;
};

}  // namespace payhook
