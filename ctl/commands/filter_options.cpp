#include "ctl/commands/filter_options.h"

#include <fmt/format.h>
#include <sysexits.h>

#include <CLI/CLI.hpp>

#include "core/ascii.h"
#include "core/program_error.h"
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
                       fmt::format("{} {} is no amount: {}", amount, *currency, e.what()));
  }
}

}  // namespace

void add_filter_options(CLI::App& command, FilterOptions& options) {
  command
      .add_option("--status", options.filter.status,
                  "Only those that are PROCESSING, PROCESSED or FAILED")
      ->transform(CLI::IsMember({"PROCESSING", "PROCESSED", "FAILED"}, CLI::ignore_case))
      ->type_name("STATUS");
  command.add_option("--source", options.filter.source, "Only those of this source")
      ->type_name("NAME");
  command.add_option("--account", options.filter.account, "Only those from or to this account")
      ->type_name("ACCOUNT");
  command.add_option("--currency", options.filter.currency, "Only those in this currency")
      ->transform([](const std::string& code) { return in_upper_case(code); })
      ->type_name("CODE");
  command.add_option("--min-amount", options.min_amount, "With --currency: of this amount or more")
      ->type_name("AMOUNT");
  command.add_option("--max-amount", options.max_amount, "With --currency: of this amount or less")
      ->type_name("AMOUNT");
  command
      .add_option("--since", options.since,
                  "Only those that came at this time or later: 2026-11-27, 2h")
      ->type_name("TIME");
  command.add_option("--before", options.before, "Only those that came before this time")
      ->type_name("TIME");
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
  return filter;
}

}  // namespace payhook
