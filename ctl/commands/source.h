#pragma once

#include "ctl/commands.h"

namespace payhook {

/// Each adds a command to the group source.
void add_source_add(CLI::App& group, Run& run);
void add_source_list(CLI::App& group, Run& run);
void add_source_test(CLI::App& group, Run& run);

}  // namespace payhook
