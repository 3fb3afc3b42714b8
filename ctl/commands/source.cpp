#include "ctl/commands/source.h"

#include <CLI/CLI.hpp>

namespace payhook {

void add_source(CLI::App& app, Run& run) {
  CLI::App& group = *app.add_subcommand("source", "Add senders, and look at those that there are");
  group.require_subcommand(1);
  add_source_add(group, run);
  add_source_list(group, run);
  add_source_test(group, run);
  group.footer("Example: payhookctl source add stripe");
}

}  // namespace payhook
