#pragma once

#include <string>
#include <vector>

#include "core/timestamp.h"
#include "payment/currencies.h"
#include "store/intake.h"
#include "webhook/packaging.h"
#include "webhook/source.h"

namespace payhook {

/// A request of a source's whose sender nobody doubts.
struct ReceivedWebhook {
  std::string body;  ///< the exact bytes
  Packaging packaging;
  std::string headers;  ///< those to be kept, a line each
  std::string remote_address;
  Timestamp received_at;
};

/// What it states, to be stored together: at least one. What nothing can be read of, or not all, is
/// refused with InvalidWebhook, or, where it is authentic, to be kept in the quarantine.
/// `keeps_order` says whether its transactions are handled in the order of their accounts.
/// Thread-safe.
std::vector<IncomingWebhook> incoming_webhooks(ReceivedWebhook&& received, const Source& source,
                                               const Currencies& currencies, bool keeps_order);

}  // namespace payhook
