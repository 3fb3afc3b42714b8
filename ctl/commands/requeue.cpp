#include <fmt/format.h>
#include <sysexits.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/program_error.h"
#include "ctl/commands/on_one.h"
#include "ctl/named_source.h"
#include "ctl/time_argument.h"

namespace payhook {

namespace {

// In one transaction, so that webhooks do not wait for long.
constexpr std::size_t k_at_once = 500;

struct Options {
  std::vector<std::string> ids;
  bool all_failed = false;
  std::optional<std::string> source;
  std::optional<std::string> since;
  std::optional<std::string> before;
  std::string why;
};

int requeue_all(const Options& options, Context& context) {
  const Act act = context.act(options.why);
  const FailedFilter filter{
      options.source,
      options.since ? std::optional(time_argument(*options.since, act.at)) : std::nullopt,
      options.before ? std::optional(time_argument(*options.before, act.at)) : std::nullopt};
  require_known_source(context, options.source);
  const auto operations = context.store().open_operations();
  std::size_t all = 0;
  for (std::size_t some = k_at_once; some == k_at_once; all += some) {
    some = operations->requeue_failed(filter, k_at_once, act, patience());
  }
  context.output().say(
      fmt::format("{} PROCESSING again",
                  all == 1 ? "1 transaction is" : fmt::format("{} transactions are", all)));
  return EX_OK;
}

int requeue(const Options& options, Context& context) {
  if (options.all_failed == !options.ids.empty()) {
    throw ProgramError(EX_USAGE, "say which: ids, or --all-failed (see payhookctl requeue --help)");
  }
  return options.all_failed ? requeue_all(options, context)
                            : act_on_each(context, options.ids, options.source, options.why,
                                          &Operations::requeue, "FAILED", "is PROCESSING again");
}

}  // namespace

void add_requeue(const Command& program) {
  const Command command = program.add(
      "requeue", "Put transactions that FAILED back into the queue, with all their attempts");
  const auto options = std::make_shared<Options>();
  command.option("ID", options->ids, "The transaction_id, or several");
  command.flag("--all-failed", options->all_failed, "All that FAILED until now");
  command.option("--source NAME", options->source, "Of this source");
  command.option("--since TIME", options->since, "With --all-failed: that failed then or later");
  command.option("--before TIME", options->before, "With --all-failed: that failed before");
  command.option("--why TEXT", options->why, "What is recorded as the reason").required();
  command.example(R"(payhookctl requeue --all-failed --since 2h --why "the ledger is back")");
  command.runs([options](Context& context) { return requeue(*options, context); });
}

}  // namespace payhook
