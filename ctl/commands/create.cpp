#include <fmt/format.h>
#include <sysexits.h>

#include <CLI/CLI.hpp>

#include "ctl/commands.h"

namespace payhook {

void add_create(CLI::App& app, Run& run) {
  CLI::App& command =
      *app.add_subcommand("create", "Create the database where it is missing, and nothing else");
  command.footer("Example: payhookctl create");
  command.callback([&run] {
    run = [](Context& context) {
      context.create_store();
      context.output().say(fmt::format("the database is {}", context.config().database.string()));
      return EX_OK;
    };
  });
}

}  // namespace payhook
