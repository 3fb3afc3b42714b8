#include "webhook/signer.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "core/ascii.h"
#include "json/grammar.h"
#include "json/pointer.h"
#include "json/writer.h"
#include "webhook/mapping.h"

namespace payhook {

namespace {

std::string text_of(Timestamp time, TimestampUnit unit) {
  switch (unit) {
    case TimestampUnit::RFC3339:
      return format_seconds(time);
    case TimestampUnit::MILLISECONDS:
      return std::to_string(time.time_since_epoch().count());
    case TimestampUnit::SECONDS:
    case TimestampUnit::UNCHECKED:
      break;
  }
  return std::to_string(std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count());
}

void add_missing_header(OutgoingWebhook& webhook, const std::vector<std::string>& names,
                        const std::string& value) {
  if (!names.empty() && std::none_of(names.begin(), names.end(), [&](const std::string& name) {
        return webhook.has_header(name);
      })) {
    webhook.headers.emplace_back(names.front(), value);
  }
}

std::string entry(const Scheme& scheme, const SignatureKey& key, const SignedParts& parts) {
  return scheme.signature_label +
         encode(scheme.signature_encoding, key.sign(scheme.signed_content.of(parts)));
}

void sign_by_header(OutgoingWebhook& webhook, const Scheme& scheme, const SignatureKey& key,
                    const std::string& id, Timestamp now) {
  std::string time = text_of(now, scheme.timestamp_unit);
  add_missing_header(webhook, scheme.id_header, id);
  add_missing_header(webhook, scheme.timestamp_header, time);
  const SignedRequest request = webhook.request();
  if (!scheme.timestamp_header.empty()) {
    time = request.value_of_first(scheme.timestamp_header);
  }
  std::vector<std::string> entries;
  if (!scheme.timestamp_label.empty()) {
    entries.push_back(scheme.timestamp_label + time);
  }
  if (!scheme.required_entry.empty()) {
    entries.push_back(scheme.required_entry);
  }
  entries.push_back(entry(scheme, key,
                          {.request = request,
                           .timestamp = time,
                           .id = request.value_of_first(scheme.id_header),
                           .secret = key.secret()}));
  webhook.headers.emplace_back(scheme.signature_header.front(),
                               fmt::format("{}", fmt::join(entries, scheme.separator)));
}

void sign_by_field(OutgoingWebhook& webhook, const Scheme& scheme, const SignatureKey& key) {
  JsonPointers field;
  field.add(*scheme.signature_field);
  JsonPointers array;
  array.add(scheme.items.value_or(""));
  const std::string body = webhook.body;
  const std::string_view root = read_json(body, {});
  std::vector<std::string_view> items{root};
  if (scheme.items && !root.empty()) {
    items = json_elements(array.find(root)[0], Mapping::k_most_items + 1);
  }
  const SignedRequest request = webhook.request();
  std::string signed_body;
  const char* copied = body.data();
  for (const std::string_view item : items) {
    const std::string_view place = field.find(item)[0];
    if (!place.starts_with('"')) {
      throw std::invalid_argument(
          fmt::format("the body has no text at {}, in whose place its signature could be put",
                      *scheme.signature_field));
    }
    signed_body.append(copied, place.data());
    signed_body +=
        json_string(entry(scheme, key, {.request = request, .item = item, .secret = key.secret()}));
    copied = place.data() + place.size();
  }
  if (items.empty()) {
    throw std::invalid_argument("the body has no item that could be signed");
  }
  signed_body.append(copied, body.data() + body.size());
  webhook.body = std::move(signed_body);
}

}  // namespace

bool OutgoingWebhook::has_header(std::string_view name) const {
  return std::any_of(headers.begin(), headers.end(), [name](const auto& header) {
    return in_lower_case(header.first) == in_lower_case(name);
  });
}

SignedRequest OutgoingWebhook::request() const {
  return {"POST", query, body, [this](std::string_view name) {
            std::vector<std::string_view> values;
            for (const auto& [sent, value] : headers) {
              if (in_lower_case(sent) == in_lower_case(name)) {
                values.emplace_back(value);
              }
            }
            return values;
          }};
}

void sign(OutgoingWebhook& webhook, const Scheme& scheme, const SignatureKey& key,
          const std::string& id, Timestamp now) {
  if (!key.can_sign()) {
    throw std::invalid_argument(
        "it is signed with a private key, which only its sender has: payhook has the public one");
  }
  if (scheme.signature_field) {
    sign_by_field(webhook, scheme, key);
  } else {
    sign_by_header(webhook, scheme, key, id, now);
  }
}

}  // namespace payhook
