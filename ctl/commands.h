#pragma once

#include <functional>

#include "ctl/context.h"

namespace CLI {
class App;
}

namespace payhook {

/// Does what a command was asked to, and returns the exit status, from sysexits.h. Throws
/// ProgramError, std::system_error and what the store throws.
using Run = std::function<int(Context&)>;

/// Each adds a command with its options, and sets `run` where it is the one that was given.
void add_backup(CLI::App& app, Run& run);
void add_cancel(CLI::App& app, Run& run);
void add_check(CLI::App& app, Run& run);
void add_conflicts(CLI::App& app, Run& run);
void add_create(CLI::App& app, Run& run);
void add_doctor(CLI::App& app, Run& run);
void add_export(CLI::App& app, Run& run);
void add_follow(CLI::App& app, Run& run);
void add_import(CLI::App& app, Run& run);
void add_list(CLI::App& app, Run& run);
void add_pause(CLI::App& app, Run& run);
void add_prune(CLI::App& app, Run& run);
void add_quarantine(CLI::App& app, Run& run);
void add_reconcile(CLI::App& app, Run& run);
void add_replay(CLI::App& app, Run& run);
void add_requeue(CLI::App& app, Run& run);
void add_restore(CLI::App& app, Run& run);
void add_resume(CLI::App& app, Run& run);
void add_send(CLI::App& app, Run& run);
void add_show(CLI::App& app, Run& run);
void add_source(CLI::App& app, Run& run);
void add_status(CLI::App& app, Run& run);
void add_verify_signature(CLI::App& app, Run& run);

}  // namespace payhook
