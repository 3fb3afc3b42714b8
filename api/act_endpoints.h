#pragma once

#include <string_view>

#include "api/exchange.h"
#include "api/operator_desk.h"
#include "core/clock.h"
#include "service/config/config.h"

namespace payhook {

/// What operators' programs do to the queue, with an operator's token, as people do it with
/// payhookctl. A request is read in the thread that calls, and the desk does it. Every member
/// function throws HttpError, and as OperatorDesk::act() does. For one thread.
class ActEndpoints {
 public:
  /// All references must outlive it; `clock` and `desk` also what is still at the desk.
  ActEndpoints(const Config& config, const Clock& clock, OperatorDesk& desk)
      : m_config(config), m_clock(clock), m_desk(desk) {}

  /// A transaction that has FAILED is PROCESSING again. `id` is as the path has it.
  void requeue(Exchange& exchange, std::string_view id) const;

  /// One that is PROCESSING has FAILED.
  void cancel(Exchange& exchange, std::string_view id) const;

 private:
  struct Kind;
  void serve(Exchange& exchange, std::string_view id, const Kind& kind) const;

  const Config& m_config;
  const Clock& m_clock;
  OperatorDesk& m_desk;
};

}  // namespace payhook
