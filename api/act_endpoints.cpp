#include "api/act_endpoints.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "api/authorization.h"
#include "api/named_transaction.h"
#include "api/query.h"
#include "api/request_checks.h"
#include "api/responses.h"
#include "core/ascii.h"
#include "json/grammar.h"
#include "json/pointer.h"
#include "json/string_value.h"

namespace payhook {

/// What an act is, and what it needs.
struct ActEndpoints::Kind {
  ActResult (Operations::*act)(std::string_view source, std::string_view transaction_id,
                               const Act& act, Deadline deadline);
  bool needs_reason;
  std::string_view status;  ///< that the transaction must have
  std::string_view only;    ///< what is said to others
  void (*leave)(StoredTransaction& transaction, const Act& act);  ///< as it has left it
};

namespace {

// From the request's arrival until it has a turn to write. Webhooks have theirs in a hundredth of
// it.
constexpr std::chrono::seconds k_patience{1};

struct ActRequest {
  std::optional<std::string> reason;
  std::optional<std::string> source;
};

/// Nothing for a member that is null, "" or not there: it is missing.
std::optional<std::string> text_of(const JsonMember& member) {
  if (member.text.empty() || member.text == "null") {
    return std::nullopt;
  }
  if (!member.text.starts_with('"')) {
    throw HttpError(400, fmt::format("Invalid {}: must be a string", member.name));
  }
  std::string text = read_json_string(member.text);
  if (std::any_of(text.begin(), text.end(), is_control)) {
    throw HttpError(400, fmt::format("Invalid {}: must not have control characters", member.name));
  }
  return text.empty() ? std::nullopt : std::optional(std::move(text));
}

ActRequest read_body(const HttpRequest& request) {
  std::array<JsonMember, 2> members{{{"reason"}, {"source"}}};
  const std::string_view root = read_json(request.body, members);
  if (!root.starts_with('{')) {
    throw HttpError(400, "Invalid JSON");
  }
  for (const std::string& key : json_keys(root)) {
    if (key != members[0].name && key != members[1].name) {
      throw HttpError(400, "Unknown key: there are reason, source");
    }
  }
  return {text_of(members[0]), text_of(members[1])};
}

}  // namespace

void ActEndpoints::requeue(Exchange& exchange, std::string_view id) const {
  serve(exchange, id,
        {&Operations::requeue, false, "FAILED", "only one that has FAILED can be requeued",
         [](StoredTransaction& transaction, const Act& /*act*/) {
           transaction.status = "PROCESSING";
           transaction.processed_at.reset();
         }});
}

void ActEndpoints::cancel(Exchange& exchange, std::string_view id) const {
  serve(exchange, id,
        {&Operations::cancel, true, "PROCESSING", "only one that is PROCESSING can be cancelled",
         [](StoredTransaction& transaction, const Act& act) {
           transaction.status = "FAILED";
           transaction.processed_at = act.at;
           transaction.last_error = error_of_cancelled(act.why);
         }});
}

void ActEndpoints::serve(Exchange& exchange, std::string_view id, const Kind& kind) const {
  const HttpRequest& request = exchange.request();
  const std::string token = require_operator(request, m_config);
  check_size(request, Config::k_most_operator_bytes);
  check_is_json(request);
  check_completeness(request);
  const Query none(request, {});
  const ActRequest asked = read_body(request);
  if (kind.needs_reason && !asked.reason) {
    throw HttpError(400, "Invalid reason: it is missing");
  }
  const Attempts attempts = attempts_by(m_config);
  const Deadline deadline = request.arrived_at + k_patience;
  m_desk.act(exchange, deadline,
             [kind, attempts, deadline, who = "token " + token, why = asked.reason.value_or(""),
              transaction = NamedTransaction(id, asked.source, m_config),
              &clock = m_clock](OperatorSessions& sessions) {
               BrowsedTransaction found = transaction.require_in(sessions.browser());
               const Act act{who, why, clock.now()};
               const ActResult result =
                   (sessions.operations().*kind.act)(found.source, *transaction.id, act, deadline);
               if (result == ActResult::DONE) {
                 // Not looked up: what is done is not to fail any more, and payhookd may have gone
                 // on already.
                 kind.leave(found.stored, act);
                 return transaction_response(found.stored, attempts);
               }
               const BrowsedTransaction now = transaction.require_in(sessions.browser());
               if (now.stored.status == kind.status) {
                 throw HttpError(
                     409, fmt::format("Transaction is {}, and {}", now.stored.status,
                                      result == ActResult::RUNNING
                                          ? "its handler still runs: try again when it has ended"
                                          : "has become it only now: try again"));
               }
               throw HttpError(409,
                               fmt::format("Transaction is {}: {}", now.stored.status, kind.only));
             });
}

}  // namespace payhook
