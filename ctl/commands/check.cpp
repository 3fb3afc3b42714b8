#include <fmt/format.h>
#include <sysexits.h>

#include <memory>
#include <vector>

#include "core/program_error.h"
#include "ctl/commands.h"
#include "ctl/progress.h"

namespace payhook {

namespace {

// Where all is damaged, nobody reads more.
constexpr std::size_t k_most_told = 100;

Record record_of(const StoreFlaw& flaw) {
  Record record;
  record.text("found", flaw.what).text("what_to_do", flaw.remedy);
  return record;
}

int check(StoreMaintenance::Depth depth, Context& context) {
  std::vector<Record> told;
  std::size_t all = 0;
  std::int64_t transactions = 0;
  {
    ProgressOfParts progress;
    const auto on_flaw = [&](const StoreFlaw& flaw) {
      if (++all <= k_most_told) {
        told.push_back(record_of(flaw));
      }
    };
    transactions =
        context.maintenance().check(depth, on_flaw, [&](auto... part) { progress.show(part...); });
  }
  for (const Record& each : told) {
    context.output().record(each);
  }
  if (all > 0) {
    throw ProgramError(EX_DATAERR,
                       fmt::format("{} thing{} wrong with {}{}", all, all == 1 ? " is" : "s are",
                                   context.config().database.string(),
                                   all > k_most_told ? ", of which these are the first" : ""));
  }
  context.output().say(fmt::format("nothing is wrong with {}, nor with any of its {} transactions",
                                   context.config().database.string(), transactions));
  return EX_OK;
}

}  // namespace

void add_check(const Command& program) {
  const Command command =
      program.add("check", "Look whether all of the database is whole, while the programs run");
  const auto quick = std::make_shared<bool>(false);
  command.flag("--quick", *quick,
               "Leave out SQLite's own check of the tables, during which the WAL grows");
  command.example("payhookctl check");
  command.runs([quick](Context& context) {
    return check(*quick ? StoreMaintenance::Depth::QUICK : StoreMaintenance::Depth::FULL, context);
  });
}

}  // namespace payhook
