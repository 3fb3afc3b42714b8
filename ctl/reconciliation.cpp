#include "ctl/reconciliation.h"

#include <utility>

namespace payhook {

namespace {

constexpr std::size_t k_at_once = 1000;

}  // namespace

std::optional<Difference> Reconciliation::compare(const ListedPayment& listed) {
  using enum Difference::Kind;
  auto stored = m_browser.find(m_source, listed.transaction_id);
  if (!stored && m_browser.was_pruned(m_source, listed.transaction_id)) {
    ++m_pruned;
    return std::nullopt;
  }
  if (!stored) {
    return Difference{MISSING, listed, std::nullopt};
  }
  const bool is_first = m_found.insert(stored->number);
  const Transaction& transaction = stored->stored.transaction;
  if (transaction.currency() != listed.currency) {
    return Difference{CURRENCY, listed, std::move(stored)};
  }
  if (transaction.amount() != listed.amount) {
    return Difference{AMOUNT, listed, std::move(stored)};
  }
  return is_first ? std::nullopt : std::optional(Difference{DUPLICATE, listed, std::move(stored)});
}

void Reconciliation::find_extra(std::optional<Timestamp> since, std::optional<Timestamp> before,
                                const std::function<void(Difference)>& tell) {
  const BrowseFilter filter{.source = m_source, .since = since, .before = before};
  std::optional<std::int64_t> next = -1;
  std::int64_t seen = 0;
  do {
    seen = *next;
    BrowsePage page = m_browser.list_newer(filter, seen, k_at_once);
    for (BrowsedTransaction& each : page.transactions) {
      if (!m_found.contains(each.number)) {
        tell({Difference::Kind::EXTRA, std::nullopt, std::move(each)});
      }
    }
    next = page.next;
  } while (next != seen);
}

}  // namespace payhook
