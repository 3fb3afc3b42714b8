#include "ctl/commands/source.h"

namespace payhook {

void add_source(const Command& program) {
  const Command group =
      program.add_group("source", "Add senders, and look at those that there are");
  add_source_add(group);
  add_source_list(group);
  add_source_test(group);
  group.example("payhookctl source add stripe");
}

}  // namespace payhook
