#include <fmt/format.h>
#include <sysexits.h>

#include "ctl/commands.h"

namespace payhook {

void add_create(const Command& program) {
  const Command command =
      program.add("create", "Create the database where it is missing, and nothing else");
  command.example("payhookctl create");
  command.runs([](Context& context) {
    context.create_store();
    context.output().say(fmt::format("the database is {}", context.config().database.string()));
    return EX_OK;
  });
}

}  // namespace payhook
