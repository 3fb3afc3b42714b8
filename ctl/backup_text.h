#pragma once

#include "ctl/record.h"
#include "store/maintenance.h"

namespace payhook {

/// Adds to a record what was found in a backup.
void add_contents(Record& record, const BackupContents& contents);

}  // namespace payhook
