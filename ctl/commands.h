#pragma once

#include "ctl/command.h"

namespace payhook {

/// Each adds a command to the program.
void add_backup(const Command& program);
void add_cancel(const Command& program);
void add_check(const Command& program);
void add_conflicts(const Command& program);
void add_create(const Command& program);
void add_doctor(const Command& program);
void add_export(const Command& program);
void add_follow(const Command& program);
void add_import(const Command& program);
void add_list(const Command& program);
void add_pause(const Command& program);
void add_prune(const Command& program);
void add_quarantine(const Command& program);
void add_reconcile(const Command& program);
void add_replay(const Command& program);
void add_requeue(const Command& program);
void add_restore(const Command& program);
void add_resume(const Command& program);
void add_send(const Command& program);
void add_show(const Command& program);
void add_source(const Command& program);
void add_status(const Command& program);
void add_verify_signature(const Command& program);

}  // namespace payhook
