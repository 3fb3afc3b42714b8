#include <fmt/format.h>
#include <sysexits.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ctl/commands.h"
#include "ctl/commands/filter_options.h"
#include "ctl/transaction_text.h"

namespace payhook {

namespace {

constexpr std::size_t k_most_in_a_page = 1000;

// People are told after so many in which nothing was found how to go on: a rare account must not
// keep them waiting while millions of others are looked at. Programs get all.
constexpr int k_most_empty_pages_for_people = 3;

struct Options {
  FilterOptions filter;
  std::optional<std::string> after;
  std::size_t limit = 20;
};

std::optional<std::int64_t> place_of(const std::optional<std::string>& after, Context& context) {
  return after ? std::optional(find_transaction(context, *after, std::nullopt).number)
               : std::nullopt;
}

/// `last` is that of the last one that was looked at.
std::string how_to_go_on(const BrowsedTransaction& last, bool has_found_all) {
  const std::string& id = last.stored.transaction.transaction_id();
  return has_found_all ? fmt::format("More of them: the same with --after {}", id)
                       : fmt::format("Looked at those since {}; to go on: the same with --after {}",
                                     format_seconds(last.stored.created_at), id);
}

int list(const Options& options, Context& context) {
  const BrowseFilter filter = filter_of(options.filter, context);
  const bool is_for_people = context.output().format() == Output::Format::PLAIN;
  std::optional<std::int64_t> next = place_of(options.after, context);
  const auto browser = context.store().open_browser();
  context.output().may_be_long();
  std::size_t left = options.limit;
  int empty_pages = 0;
  while (left > 0) {
    const BrowsePage page = browser->list(filter, next, std::min(left, k_most_in_a_page));
    std::vector<Record> records;
    std::transform(page.transactions.begin(), page.transactions.end(), std::back_inserter(records),
                   summary_of);
    context.output().more_of_table(records);
    left -= records.size();
    empty_pages = records.empty() ? empty_pages + 1 : 0;
    next = page.next;
    if (!next || (is_for_people && empty_pages == k_most_empty_pages_for_people)) {
      break;
    }
  }
  if (!next && left == options.limit && left > 0) {
    context.output().say_to_people("no transactions");
  }
  if (next && is_for_people && options.limit > 0) {
    // What lies behind it begins with it.
    const BrowsePage last = browser->list({}, *next + 1, 1);
    if (!last.transactions.empty()) {
      context.output().say(how_to_go_on(last.transactions.front(), left == 0));
    }
  }
  return EX_OK;
}

}  // namespace

void add_list(const Command& program) {
  const Command command = program.add("list", "List transactions, the newest first");
  const auto options = std::make_shared<Options>();
  add_filter_options(command, options->filter);
  command.option("--after ID", options->after, "Only those behind this one in the list");
  command.option("-n,--limit COUNT", options->limit, "At most so many").shows_default();
  command.example("payhookctl list --status FAILED --since 2h");
  command.runs([options](Context& context) { return list(*options, context); });
}

}  // namespace payhook
