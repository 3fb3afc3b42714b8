#include "ctl/commands/on_one.h"

#include <fmt/format.h>
#include <sysexits.h>

#include <memory>
#include <optional>
#include <vector>

#include "core/program_error.h"
#include "ctl/transaction_text.h"

namespace payhook {

namespace {

struct Options {
  std::vector<std::string> ids;
  std::optional<std::string> source;
  std::string why;
};

}  // namespace

int act_on_each(Context& context, const std::vector<std::string>& ids,
                const std::optional<std::string>& source, const std::string& why, ActOnOne act,
                std::string_view status, std::string_view done) {
  const auto operations = context.store().open_operations();
  for (const std::string& id : ids) {
    const BrowsedTransaction found = find_transaction(context, id, source);
    const ActResult result = ((*operations).*act)(found.source, id, context.act(why), patience());
    if (result == ActResult::RUNNING) {
      throw ProgramError(EX_UNAVAILABLE,
                         fmt::format("the handler of {} still runs: wait until it has ended", id));
    }
    if (result != ActResult::DONE) {
      throw ProgramError(EX_UNAVAILABLE,
                         fmt::format("{} is not {}: see payhookctl show {}", id, status, id));
    }
    context.output().say(fmt::format("{} {}", id, done));
  }
  return EX_OK;
}

void add_act_on_one(const Command& program, const std::string& name, const std::string& what,
                    const std::string& example, ActOnOne act, std::string_view status,
                    std::string_view done) {
  const Command command = program.add(name, what);
  const auto options = std::make_shared<Options>();
  command.option("ID", options->ids, "The transaction_id, or several").required();
  command.option("--source NAME", options->source, "Whose they are, where an id does not tell");
  command.option("--why TEXT", options->why, "What is recorded as the reason").required();
  command.example(example);
  command.runs([=](Context& context) {
    return act_on_each(context, options->ids, options->source, options->why, act, status, done);
  });
}

}  // namespace payhook
