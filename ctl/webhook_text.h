#pragma once

#include <string>

#include "ctl/output.h"
#include "ctl/record.h"
#include "store/kept_webhooks.h"

namespace payhook {

/// What is asked for of a webhook instead of what it is about.
struct WebhookParts {
  bool headers = false;
  bool body = false;

  bool has_any() const noexcept { return headers || body; }
};

/// Writes these parts of it as they came.
void write_webhook(Output& output, const WebhookParts& parts, const std::string& headers,
                   const std::string& body);

/// What a line of a list tells of one that is kept beside the transactions.
Record summary_of(const KeptHead& head);

}  // namespace payhook
