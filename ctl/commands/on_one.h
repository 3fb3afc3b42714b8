#pragma once

#include <string>

#include "ctl/commands.h"

namespace payhook {

/// What an operator does with one transaction.
using ActOnOne = ActResult (Operations::*)(std::string_view source, std::string_view transaction_id,
                                           const Act& act, Deadline deadline);

/// Does it with each of these, and says `done` of each. Throws ProgramError for the first with
/// which that cannot be done: EX_NOINPUT where there is none, EX_UNAVAILABLE where its status is
/// not `status`.
int act_on_each(Context& context, const std::vector<std::string>& ids,
                const std::optional<std::string>& source, const std::string& why, ActOnOne act,
                std::string_view status, std::string_view done);

/// Adds a command that does it with the ids that it is given.
void add_act_on_one(const Command& program, const std::string& name, const std::string& what,
                    const std::string& example, ActOnOne act, std::string_view status,
                    std::string_view done);

}  // namespace payhook
