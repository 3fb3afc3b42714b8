#pragma once

#include "ctl/commands.h"

namespace payhook {

/// Each adds a command to the group source.
void add_source_add(const Command& group);
void add_source_list(const Command& group);
void add_source_test(const Command& group);

}  // namespace payhook
