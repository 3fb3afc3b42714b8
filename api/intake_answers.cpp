#include "api/intake_answers.h"

#include <utility>

#include "api/responses.h"

namespace payhook {

namespace {

constexpr auto k_conflicting_duplicate = "Conflicting duplicate";

HttpStatus status_of(const Acknowledgement& acknowledgement) {
  switch (acknowledgement.status) {
    case 200:
      return 200;
    case 201:
      return 201;
    case 204:
      return 204;
    default:
      return 202;
  }
}

HttpResponse received(const Acknowledgement& acknowledgement) {
  const HttpStatus status = status_of(acknowledgement);
  if (status == 204) {
    return {status, ""};
  }
  if (acknowledgement.body) {
    return {.status = status, .body = *acknowledgement.body, .content_type = k_plain_text};
  }
  return message_response(status, "Webhook received");
}

}  // namespace

/// Senders with bodies of their own take a 409 for a failure of the endpoint.
IntakeAnswers::IntakeAnswers(const Source& source, ConflictAnswer conflicting_duplicate,
                             std::shared_ptr<SourceMetrics> metrics)
    : m_metrics(std::move(metrics)),
      m_received(received(source.acknowledgement)),
      m_conflict(conflicting_duplicate == ConflictAnswer::REJECT && source.mapping == nullptr
                     ? message_response(409, k_conflicting_duplicate)
                     : m_received),
      m_not_kept(source.mapping == nullptr ? message_response(409, k_conflicting_duplicate)
                                           : message_response(400, k_conflicting_duplicate)),
      m_unavailable(unavailable_response()) {}

const HttpResponse& IntakeAnswers::to(std::span<const IntakeResult> results) const noexcept {
  const HttpResponse* answer = &m_received;
  for (const IntakeResult result : results) {
    switch (result) {
      case IntakeResult::REFUSED:
      case IntakeResult::NO_ROOM:
        return m_unavailable;
      case IntakeResult::CONFLICT_NOT_KEPT:
        answer = &m_not_kept;
        break;
      case IntakeResult::CONFLICT:
        answer = answer == &m_received ? &m_conflict : answer;
        break;
      case IntakeResult::CREATED:
      case IntakeResult::DUPLICATE:
      case IntakeResult::QUARANTINED:
      case IntakeResult::EVENT_KEPT:
        break;
    }
  }
  return *answer;
}

}  // namespace payhook
