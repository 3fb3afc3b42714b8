#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "core/timestamp.h"
#include "ctl/number_set.h"
#include "ctl/provider_file.h"
#include "store/browser.h"

namespace payhook {

/// Something in which a provider's file and the store are not the same. One of the two is there at
/// least.
struct Difference {
  enum class Kind : std::uint8_t {
    MISSING,    ///< the store has no such transaction
    AMOUNT,     ///< it has another amount
    CURRENCY,   ///< it is in another currency
    DUPLICATE,  ///< the file has had it before
    EXTRA       ///< the store has it, and the file has not
  };
  Kind kind = Kind::MISSING;
  std::optional<ListedPayment> listed;
  std::optional<BrowsedTransaction> stored;
};

/// Compares payments, one after the other, with those that a store has of a source. For one thread;
/// member functions throw StoreUnavailable or StoreBroken.
class Reconciliation {
 public:
  /// `browser` is not owned.
  Reconciliation(TransactionBrowser& browser, std::string source)
      : m_browser(browser), m_source(std::move(source)) {}

  /// Nothing where they are the same, or where the transaction was pruned.
  std::optional<Difference> compare(const ListedPayment& listed);

  /// How many were pruned, so that nobody knows whether they are the same.
  std::uint64_t pruned() const noexcept { return m_pruned; }

  /// Calls `tell` for each transaction that came in a time and that was in none of the calls
  /// before, the oldest first.
  void find_extra(std::optional<Timestamp> since, std::optional<Timestamp> before,
                  const std::function<void(Difference)>& tell);

 private:
  TransactionBrowser& m_browser;
  const std::string m_source;
  NumberSet m_found;
  std::uint64_t m_pruned = 0;
};

}  // namespace payhook
