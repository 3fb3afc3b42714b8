#include <sysexits.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <optional>
#include <string>

#include "core/ascii.h"
#include "ctl/commands.h"
#include "ctl/time_argument.h"
#include "ctl/transaction_text.h"

namespace payhook {

namespace {

constexpr std::size_t k_most_in_a_table = 1000;

struct Options {
  BrowseFilter filter;
  std::optional<std::string> since;
  std::optional<std::string> before;
  std::size_t limit = 20;
};

int list(const Options& options, Context& context) {
  BrowseFilter filter = options.filter;
  const Timestamp now = context.now();
  filter.since = options.since ? std::optional(time_argument(*options.since, now)) : std::nullopt;
  filter.before =
      options.before ? std::optional(time_argument(*options.before, now)) : std::nullopt;
  const auto browser = context.store().open_browser();
  context.output().may_be_long();
  std::optional<std::int64_t> next;
  std::size_t left = options.limit;
  std::vector<Record> records;
  do {
    const BrowsePage page = browser->list(filter, next, std::min(left, k_most_in_a_table));
    std::transform(page.transactions.begin(), page.transactions.end(), std::back_inserter(records),
                   summary_of);
    left -= page.transactions.size();
    next = page.next;
    if (records.size() >= k_most_in_a_table || left == 0 || !next) {
      context.output().more_of_table(records);
      records.clear();
    }
  } while (left > 0 && next);
  return EX_OK;
}

}  // namespace

void add_list(CLI::App& app, Run& run) {
  CLI::App& command = *app.add_subcommand("list", "List transactions, the newest first");
  const auto options = std::make_shared<Options>();
  command
      .add_option("--status", options->filter.status,
                  "Only those that are PROCESSING, PROCESSED or FAILED")
      ->transform(CLI::IsMember({"PROCESSING", "PROCESSED", "FAILED"}, CLI::ignore_case))
      ->type_name("STATUS");
  command.add_option("--source", options->filter.source, "Only those of this source")
      ->type_name("NAME");
  command.add_option("--account", options->filter.account, "Only those from or to this account")
      ->type_name("ACCOUNT");
  command.add_option("--currency", options->filter.currency, "Only those in this currency")
      ->transform([](const std::string& code) { return in_upper_case(code); })
      ->type_name("CODE");
  command
      .add_option("--since", options->since,
                  "Only those that came at this time or later: 2026-11-27, 2h")
      ->type_name("TIME");
  command.add_option("--before", options->before, "Only those that came before this time")
      ->type_name("TIME");
  command.add_option("-n,--limit", options->limit, "At most so many")
      ->capture_default_str()
      ->type_name("COUNT");
  command.footer("Example: payhookctl list --status FAILED --since 2h");
  command.callback(
      [options, &run] { run = [options](Context& context) { return list(*options, context); }; });
}

}  // namespace payhook
