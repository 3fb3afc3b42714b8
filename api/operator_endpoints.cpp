#include "api/operator_endpoints.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "api/authorization.h"
#include "api/named_transaction.h"
#include "api/query.h"
#include "api/responses.h"
#include "core/ascii.h"
#include "payment/amount.h"
#include "payment/invalid_field.h"

namespace payhook {

namespace {

constexpr std::int64_t k_usual_limit = 20;
constexpr std::int64_t k_most_at_once = 100;

[[noreturn]] void refuse(std::string_view parameter, std::string_view why) {
  throw HttpError(400, fmt::format("Invalid {}: {}", parameter, why));
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(number)
                                                                  : std::nullopt;
}

std::optional<Timestamp> time_in(const Query& query, std::string_view name) {
  const auto text = query.find(name);
  const auto time = text ? parse_rfc3339(*text) : std::nullopt;
  if (text && !time) {
    refuse(name, "not a time of RFC 3339, such as 2026-11-27T14:30:00Z");
  }
  return time;
}

/// Of a page.
struct Place {
  std::optional<std::int64_t> cursor;
  std::size_t limit;
};

Place place_in(const Query& query) {
  const auto cursor = query.find("cursor");
  const auto number = cursor ? whole_number(*cursor) : std::nullopt;
  if (cursor && number.value_or(-1) < 0) {
    refuse("cursor", "not one that \"next\" has had");
  }
  const auto text = query.find("limit");
  const auto limit = text ? whole_number(*text) : k_usual_limit;
  if (!limit || *limit < 1 || *limit > k_most_at_once) {
    refuse("limit", fmt::format("not a number from 1 to {}", k_most_at_once));
  }
  return {number, static_cast<std::size_t>(*limit)};
}

std::optional<std::string> status_in(const Query& query) {
  auto status = query.find("status");
  if (status) {
    *status = in_upper_case(*status);
    if (std::find(k_transaction_statuses.begin(), k_transaction_statuses.end(), *status) ==
        k_transaction_statuses.end()) {
      refuse("status", fmt::format("not one of {}", fmt::join(k_transaction_statuses, ", ")));
    }
  }
  return status;
}

/// In the minor unit of a currency, without which an amount says nothing.
std::optional<std::int64_t> minor_in(const Query& query, std::string_view name,
                                     const std::optional<std::string>& currency,
                                     const Currencies& currencies) {
  const auto amount = query.find(name);
  if (!amount) {
    return std::nullopt;
  }
  if (!currency) {
    refuse(name, "an amount is one of a currency, which has to be there too");
  }
  try {
    return Amount::parse(*amount, currencies.find(*currency)).minor();
  } catch (const InvalidField& e) {
    refuse(name, e.reason());
  }
}

BrowseFilter filter_in(const Query& query, const Currencies& currencies) {
  BrowseFilter filter;
  filter.source = query.find("source");
  filter.status = status_in(query);
  filter.account = query.find("account");
  if (const auto currency = query.find("currency")) {
    filter.currency = in_upper_case(*currency);
  }
  filter.since = time_in(query, "since");
  filter.before = time_in(query, "before");
  filter.min_minor = minor_in(query, "min_amount", filter.currency, currencies);
  filter.max_minor = minor_in(query, "max_amount", filter.currency, currencies);
  return filter;
}

/// Whole minutes, since what is counted is counted by the minute.
struct Period {
  Timestamp since;
  Timestamp before;
};

/// The last hour, where nothing else is asked for. The minute that is not over is a part of it.
Period period_in(const Query& query, Timestamp now) {
  using std::chrono::minutes;
  const Timestamp next_minute = std::chrono::floor<minutes>(now) + minutes{1};
  const Timestamp asked = time_in(query, "before").value_or(next_minute);
  const Timestamp before =
      asked < next_minute ? Timestamp(std::chrono::ceil<minutes>(asked)) : next_minute;
  const Timestamp since =
      std::chrono::floor<minutes>(time_in(query, "since").value_or(before - std::chrono::hours{1}));
  if (since < now - Statistics::k_kept) {
    refuse(query.find("since") ? "since" : "before",
           fmt::format("what is counted is kept for {} days", Statistics::k_kept.count()));
  }
  if (since >= before) {
    refuse("since", "not earlier than before, or than now");
  }
  return {since, before};
}

}  // namespace

void OperatorEndpoints::list(Exchange& exchange) const {
  require_reader(exchange.request(), m_config);
  const Query query(exchange.request(), {"status", "source", "account", "currency", "since",
                                         "before", "min_amount", "max_amount", "limit", "cursor"});
  const Attempts attempts = attempts_by(m_config);
  m_desk.look(exchange, [filter = filter_in(query, m_config.currencies), place = place_in(query),
                         attempts](OperatorSessions& sessions) {
    return transactions_response(sessions.browser().list(filter, place.cursor, place.limit),
                                 attempts);
  });
}

void OperatorEndpoints::attempts(Exchange& exchange, std::string_view id) const {
  require_reader(exchange.request(), m_config);
  const Query query(exchange.request(), {"source", "limit", "cursor"});
  const Output output = is_operator(exchange.request(), m_config) ? Output::TOLD : Output::NOT_TOLD;
  m_desk.look(exchange, [place = place_in(query), output,
                         transaction = NamedTransaction(id, query.find("source"), m_config)](
                            OperatorSessions& sessions) {
    const auto found = transaction.require_in(sessions.browser());
    return attempts_response(
        sessions.browser().attempts(found.number, place.cursor, place.limit + 1), place.limit,
        output);
  });
}

void OperatorEndpoints::stats(Exchange& exchange) const {
  require_reader(exchange.request(), m_config);
  const Query query(exchange.request(), {"since", "before"});
  m_desk.look(exchange, [period = period_in(query, m_clock.now())](OperatorSessions& sessions) {
    Statistics& statistics = sessions.statistics();
    return stats_response(period.since, period.before,
                          statistics.counts(period.since, period.before), statistics.totals());
  });
}

}  // namespace payhook
