#include <sysexits.h>

#include <memory>
#include <string>

#include "ctl/commands.h"

namespace payhook {

namespace {

using Switch = bool (Operations::*)(const Act& act, Deadline deadline);

void add_switch(const Command& program, const std::string& name, const std::string& what,
                const std::string& example, Switch change, const char* done, const char* was_so) {
  const Command command = program.add(name, what);
  const auto why = std::make_shared<std::string>();
  command.option("--why TEXT", *why, "What is recorded as the reason").required();
  command.example(example);
  command.runs([=](Context& context) {
    const auto operations = context.store().open_operations();
    const bool changed = ((*operations).*change)(context.act(*why), patience());
    context.output().say(changed ? done : was_so);
    return EX_OK;
  });
}

}  // namespace

void add_pause(const Command& program) {
  add_switch(program, "pause", "Begin no more processing: webhooks are received as always",
             R"(payhookctl pause --why "the ledger is moved")", &Operations::pause,
             "processing is paused: what runs comes to its end", "processing was paused already");
}

void add_resume(const Command& program) {
  add_switch(program, "resume", "Go on with processing",
             R"(payhookctl resume --why "the ledger is back")", &Operations::resume,
             "processing goes on", "processing was not paused");
}

}  // namespace payhook
