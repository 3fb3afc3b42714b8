#pragma once

#include <string_view>

#include "api/exchange.h"
#include "api/operator_desk.h"
#include "core/clock.h"
#include "service/config/config.h"

namespace payhook {

/// What operators and their programs ask for, and changes nothing. A request is read in the thread
/// that calls, and the desk answers it. Every member function throws HttpError, and as
/// OperatorDesk::look() does. For one thread.
class OperatorEndpoints {
 public:
  /// All references must outlive it.
  OperatorEndpoints(const Config& config, const Clock& clock, OperatorDesk& desk)
      : m_config(config), m_clock(clock), m_desk(desk) {}

  /// The transactions that fit the query, the newest first.
  void list(Exchange& exchange) const;

  /// What the handler of one came to, the newest first. `id` is as the path has it.
  void attempts(Exchange& exchange, std::string_view id) const;

  /// What came, and what became of it, in some time and ever.
  void stats(Exchange& exchange) const;

 private:
  const Config& m_config;
  const Clock& m_clock;
  OperatorDesk& m_desk;
};

}  // namespace payhook
