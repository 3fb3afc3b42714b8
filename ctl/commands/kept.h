#pragma once

#include <functional>
#include <string>

#include "ctl/commands.h"
#include "ctl/record.h"

namespace payhook {

/// The webhook with this id that is kept there. Throws ProgramError (EX_NOINPUT) where there is
/// none.
KeptWebhook find_kept(KeptWebhooks& kept, KeptIn where, std::int64_t id);

/// Adds to a group of commands one that lists what is kept there, the newest first.
void add_kept_list(const Command& group, KeptIn where, const std::string& what,
                   const std::string& example);

/// Adds one that shows what `details` tells of one, or its headers and body.
using KeptDetails = std::function<Record(Context& context, const KeptWebhook& kept)>;
void add_kept_show(const Command& group, KeptIn where, const std::string& what,
                   const std::string& example, const KeptDetails& details);

}  // namespace payhook
