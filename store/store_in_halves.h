#pragma once

#include <chrono>
#include <span>
#include <string>
#include <vector>

#include "core/log.h"
#include "store/deadline.h"
#include "store/errors.h"
#include "store/intake.h"

namespace payhook {

/// Stores webhooks by `store_together`, which stores all of some in one transaction or throws: all
/// of them at once, or in as few transactions as it takes to store all but those that cannot be.
/// These are REFUSED, with the reason in the log, and so are those for which no time is left.
template <typename StoreTogether>
std::vector<IntakeResult> store_in_halves(std::span<const IncomingWebhook> webhooks,
                                          Deadline deadline, const StoreTogether& store_together) {
  std::string why;
  try {
    return store_together(webhooks);
  } catch (const StoreDamaged& e) {
    why = e.what();
  } catch (const StoreRefused& e) {
    why = e.what();
  }
  if (webhooks.size() < 2 || std::chrono::steady_clock::now() >= deadline) {
    log::report(log::Event::STORE_ALARM, "{} cannot be stored: {}",
                webhooks.size() < 2 ? "a webhook" : "some webhooks", why);
    return std::vector(webhooks.size(), IntakeResult::REFUSED);
  }
  const std::size_t half = webhooks.size() / 2;
  std::vector<IntakeResult> results =
      store_in_halves(webhooks.first(half), deadline, store_together);
  const std::vector<IntakeResult> others =
      store_in_halves(webhooks.subspan(half), deadline, store_together);
  results.insert(results.end(), others.begin(), others.end());
  return results;
}

}  // namespace payhook
