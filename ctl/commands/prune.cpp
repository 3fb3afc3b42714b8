#include <sysexits.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "archive/pruning.h"
#include "core/program_error.h"
#include "ctl/commands.h"
#include "ctl/progress.h"
#include "ctl/time_argument.h"

namespace payhook {

namespace {

// After each step, as a multiple of the time that it took, or that others kept it waiting: webhooks
// have the rest for themselves.
constexpr int k_pause_for_others = 9;

struct Options {
  std::string before;
  std::string status = "PROCESSED";
  std::optional<std::string> archive;
  bool dry_run = false;
  std::string why;
};

std::uint64_t count(Retention& retention, const FinishedFilter& filter) {
  Progress progress("counting");
  std::uint64_t count = 0;
  std::optional<std::int64_t> next;
  do {
    const FinishedPage page = retention.finished(filter, next);
    count += page.transactions.size();
    next = page.next;
    progress.show(count, 0);
  } while (next);
  return count;
}

int prune(const Options& options, Context& context) {
  if (options.why.empty() && !options.dry_run) {
    throw ProgramError(EX_USAGE, "say why: --why (see payhookctl prune --help)");
  }
  const FinishedFilter which{options.status, time_argument(options.before, context.now())};
  const auto retention = context.store().open_retention();
  if (options.dry_run) {
    context.output().record(
        Record().number("would_be_pruned", std::to_string(count(*retention, which))));
    return EX_OK;
  }
  const std::filesystem::path archive = options.archive
                                            ? std::filesystem::absolute(*options.archive)
                                            : context.config().retention.archive;
  Pruning pruning(*retention, {which, archive, context.act(options.why)});
  {
    Progress progress("pruning");
    const auto upkeep = context.store().open_upkeep(TransactionStore::Keeper::STANDING_IN);
    auto begin = std::chrono::steady_clock::now();
    while (pruning.step(patience())) {
      upkeep->step(patience());  // where no service runs, nobody else would
      progress.show(pruning.pruned(), 0);
      const auto end = std::chrono::steady_clock::now();
      std::this_thread::sleep_for(k_pause_for_others * (end - begin));
      begin = std::chrono::steady_clock::now();
    }
  }
  context.output().record(Record()
                              .number("pruned", std::to_string(pruning.pruned()))
                              .text("archive", archive.string()));
  return EX_OK;
}

}  // namespace

void add_prune(const Command& program) {
  const Command command =
      program.add("prune", "Archive transactions that are over, and forget them but for their ids");
  const auto options = std::make_shared<Options>();
  command
      .option("--before TIME", options->before,
              "Those that came before this time: 2025-01-01, 400d")
      .required();
  command.option("--status STATUS", options->status, "Those that are PROCESSED, or that FAILED")
      .one_of_in_any_case({"PROCESSED", "FAILED"})
      .shows_default();
  command.option("--archive DIR", options->archive,
                 "The directory of the archive (default: the settings')");
  command.flag("--dry-run", options->dry_run, "Only count them");
  command.option("--why TEXT", options->why, "What is recorded as the reason");
  command.example(R"(payhookctl prune --before 400d --why "the disk is full")");
  command.runs([options](Context& context) { return prune(*options, context); });
}

}  // namespace payhook
