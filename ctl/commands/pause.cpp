#include <sysexits.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "ctl/commands.h"

namespace payhook {

namespace {

using Switch = bool (Operations::*)(const Act& act, Deadline deadline);

void add_switch(CLI::App& app, Run& run, const std::string& name, const std::string& what,
                const std::string& example, Switch change, const char* done, const char* was_so) {
  CLI::App& command = *app.add_subcommand(name, what);
  const auto why = std::make_shared<std::string>();
  command.add_option("--why", *why, "What is recorded as the reason")
      ->required()
      ->type_name("TEXT");
  command.footer("Example: " + example);
  command.callback([=, &run] {
    run = [=](Context& context) {
      const auto operations = context.store().open_operations();
      const bool changed = ((*operations).*change)(context.act(*why), patience());
      context.output().say(changed ? done : was_so);
      return EX_OK;
    };
  });
}

}  // namespace

void add_pause(CLI::App& app, Run& run) {
  add_switch(app, run, "pause", "Begin no more processing: webhooks are received as always",
             R"(payhookctl pause --why "the ledger is moved")", &Operations::pause,
             "processing is paused: what runs comes to its end", "processing was paused already");
}

void add_resume(CLI::App& app, Run& run) {
  add_switch(app, run, "resume", "Go on with processing",
             R"(payhookctl resume --why "the ledger is back")", &Operations::resume,
             "processing goes on", "processing was not paused");
}

}  // namespace payhook
