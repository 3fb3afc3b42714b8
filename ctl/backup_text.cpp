#include "ctl/backup_text.h"

#include <string>

namespace payhook {

void add_contents(Record& record, const BackupContents& contents) {
  record.number("transactions", std::to_string(contents.transactions))
      .number("processing", std::to_string(contents.processing))
      .number("processed", std::to_string(contents.processed))
      .number("failed", std::to_string(contents.failed))
      .time("newest_created_at", contents.newest_created_at);
}

}  // namespace payhook
