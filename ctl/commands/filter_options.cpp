#include "ctl/commands/filter_options.h"

#include <fmt/format.h>
#include <sysexits.h>

#include "core/ascii.h"
#include "core/program_error.h"
#include "ctl/named_source.h"
#include "ctl/time_argument.h"
#include "payment/amount.h"
#include "payment/invalid_field.h"

namespace payhook {

namespace {

/// In the minor unit of a currency, without which an amount says nothing.
std::int64_t minor_of(const std::string& amount, const std::optional<std::string>& currency,
                      Context& context) {
  if (!currency) {
    throw ProgramError(EX_USAGE, "an amount is one of a currency: give --currency too");
  }
  try {
    return Amount::parse(amount, context.config().currencies.find(*currency)).minor();
  } catch (const InvalidField& e) {
    throw ProgramError(EX_USAGE,
                       fmt::format("{} {} is no amount: {}", amount, *currency, e.reason()));
  }
}

}  // namespace

void add_filter_options(const Command& command, FilterOptions& options) {
  command
      .option("--status STATUS", options.filter.status,
              "Only those that are PROCESSING, PROCESSED or FAILED")
      .one_of_in_any_case({k_transaction_statuses.begin(), k_transaction_statuses.end()});
  command.option("--source NAME", options.filter.source, "Only those of this source");
  command.option("--account ACCOUNT", options.filter.account, "Only those from or to this account");
  command.option("--currency CODE", options.filter.currency, "Only those in this currency")
      .converted([](const std::string& code) { return in_upper_case(code); });
  command.option("--min-amount AMOUNT", options.min_amount,
                 "With --currency: of this amount or more");
  command.option("--max-amount AMOUNT", options.max_amount,
                 "With --currency: of this amount or less");
  command.option("--since TIME", options.since,
                 "Only those that came at this time or later: 2026-11-27, 2h");
  command.option("--before TIME", options.before, "Only those that came before this time");
}

BrowseFilter filter_of(const FilterOptions& options, Context& context) {
  BrowseFilter filter = options.filter;
  const Timestamp now = context.now();
  if (options.since) {
    filter.since = time_argument(*options.since, now);
  }
  if (options.before) {
    filter.before = time_argument(*options.before, now);
  }
  if (options.min_amount) {
    filter.min_minor = minor_of(*options.min_amount, filter.currency, context);
  }
  if (options.max_amount) {
    filter.max_minor = minor_of(*options.max_amount, filter.currency, context);
  }
  require_known_source(context, filter.source);
  return filter;
}

}  // namespace payhook
