#include <sysexits.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/program_error.h"
#include "ctl/commands.h"
#include "ctl/commands/filter_options.h"
#include "ctl/interruption.h"
#include "ctl/transaction_text.h"

namespace payhook {

namespace {

constexpr std::size_t k_most_at_once = 1000;
constexpr std::chrono::seconds k_between_looks{1};

struct Options {
  FilterOptions filter;
  std::size_t limit = 10;
};

std::vector<Record> records_of(const std::vector<BrowsedTransaction>& transactions) {
  std::vector<Record> records;
  std::transform(transactions.begin(), transactions.end(), std::back_inserter(records), summary_of);
  return records;
}

/// The last ones, as they came. Returns the number after which others come.
std::int64_t write_last(TransactionBrowser& browser, const BrowseFilter& filter, std::size_t limit,
                        Output& output) {
  const BrowsePage newest = browser.list({}, std::nullopt, 1);
  if (newest.transactions.empty()) {
    return -1;
  }
  const std::int64_t seen = newest.transactions.front().number;
  std::vector<BrowsedTransaction> last = browser.list(filter, seen + 1, limit).transactions;
  std::reverse(last.begin(), last.end());
  output.more_of_table(records_of(last));
  return seen;
}

int follow(const Options& options, Context& context) {
  const BrowseFilter filter = filter_of(options.filter, context);
  const auto browser = context.store().open_browser();
  const Interruption interruption;
  Output& output = context.output();
  std::int64_t seen = write_last(*browser, filter, options.limit, output);
  // Where a sync fails, nobody starts again before all have closed the database.
  std::atomic<bool> is_broken = false;
  const auto watch =
      context.store().watch({[&is_broken](const StoreBroken&) { is_broken = true; }});
  while (!interruption.has_come()) {
    if (is_broken) {
      throw ProgramError(EX_IOERR, "the database is broken, or was moved: see payhookctl doctor");
    }
    const BrowsePage page = browser->list_newer(filter, seen, k_most_at_once);
    output.more_of_table(records_of(page.transactions));
    output.flush();
    const bool is_at_the_end = page.next == seen;
    seen = page.next.value_or(seen);
    if (is_at_the_end) {
      interruption.wait(k_between_looks);
    }
  }
  return EX_OK;
}

}  // namespace

void add_follow(const Command& program) {
  const Command command = program.add("follow", "Write transactions as they come");
  const auto options = std::make_shared<Options>();
  add_filter_options(command, options->filter);
  command.option("-n,--limit COUNT", options->limit, "Begin with so many that came last")
      .shows_default();
  command.example("payhookctl follow --source stripe");
  command.runs([options](Context& context) { return follow(*options, context); });
}

}  // namespace payhook
