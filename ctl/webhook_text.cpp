#include "ctl/webhook_text.h"

namespace payhook {

void write_webhook(Output& output, const WebhookParts& parts, const std::string& headers,
                   const std::string& body) {
  output.bytes(parts.headers ? headers + (parts.body ? "\n\n" : "\n") : "");
  output.bytes(parts.body ? body : "");
}

Record summary_of(const KeptHead& head) {
  Record record;
  record.time("received_at", head.received_at)
      .number("id", std::to_string(head.id))
      .text("source", head.source)
      .number("body_bytes", std::to_string(head.body_bytes))
      .text("why", head.why);
  return record;
}

}  // namespace payhook
