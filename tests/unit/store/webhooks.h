#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/timestamp.h"
#include "payment/amount.h"
#include "payment/currencies.h"
#include "store/intake.h"
#include "store/processing_queue.h"

namespace payhook::test {

/// Long enough for anything that happens at all.
inline Deadline patience() { return std::chrono::steady_clock::now() + std::chrono::seconds{60}; }

/// A moment, counted in milliseconds from one that the tests share.
inline Timestamp moment(std::int64_t milliseconds) {
  return parse_timestamp("2025-11-08T14:31:00.000Z") + std::chrono::milliseconds{milliseconds};
}

/// A webhook of which a test changes what it is about. It is due at once.
struct Webhook {
  std::string source = "default";
  std::string id = "txn_1";
  std::string source_account = "acc_1";
  std::string destination_account = "acc_2";
  std::string amount = "500";
  std::string currency = "INR";
  std::string body = "{}";
  Timestamp received_at = moment(0);
  bool is_authentic = false;
  bool keeps_order = false;

  Transaction transaction() const {
    const Currency found = Currencies().find(currency);
    return {id, source_account, destination_account, Amount::parse(amount, found), found.code};
  }

  IncomingWebhook incoming() const {
    const StatedPayment payment{transaction(), received_at, keeps_order};
    return {source, payment, body, "192.0.2.1", received_at, "", is_authentic};
  }
};

/// An authentic webhook that states no payment.
inline IncomingWebhook unreadable(const std::string& body, const std::string& source = "default",
                                  const std::string& reason = "Invalid JSON") {
  return {source, Unreadable{reason}, body, "192.0.2.1", moment(0), "Webhook-Id: 7", true};
}

/// Stores webhooks in one batch.
inline std::vector<IntakeResult> store_all(WebhookIntake& intake,
                                           const std::vector<Webhook>& webhooks,
                                           Deadline deadline = patience()) {
  std::vector<IncomingWebhook> batch;
  for (const auto& webhook : webhooks) {
    batch.push_back(webhook.incoming());
  }
  return intake.store(batch, deadline);
}

/// Ends one claim.
inline void finish(ProcessingQueue& queue, const Claim& claim, AttemptEnd what, Timestamp now,
                   const std::string& output = "") {
  const Outcome outcome{claim, std::move(what), output};
  queue.finish_and_claim({.ended = {&outcome, 1}}, now, patience());
}

inline std::vector<ClaimedTransaction> claim(ProcessingQueue& queue, Timestamp now,
                                             Timestamp lease_end, std::size_t limit,
                                             const std::string& source = "default",
                                             ClaimOrder order = ClaimOrder::DUE) {
  const ClaimRequest request{source, limit, lease_end, order};
  return queue.finish_and_claim({.wanted = {&request, 1}}, now, patience());
}

/// Of the default source.
inline std::size_t process_due(ProcessingQueue& queue, Timestamp now, std::size_t limit = 1000,
                               Deadline deadline = patience()) {
  const std::string source = "default";
  return queue.process_due({&source, 1}, now, limit, deadline);
}

/// When the first of all sources is due.
inline std::optional<Timestamp> next_due_at(ProcessingQueue& queue) {
  std::optional<Timestamp> next;
  for (const SourceQueue& source : queue.state().sources) {
    next = next ? std::min(*next, source.next_due_at) : source.next_due_at;
  }
  return next;
}

}  // namespace payhook::test
