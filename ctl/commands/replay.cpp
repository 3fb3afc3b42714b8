#include "ctl/commands/on_one.h"

namespace payhook {

void add_replay(const Command& program) {
  add_act_on_one(program, "replay", "Process a transaction once more that was PROCESSED",
                 R"(payhookctl replay stripe:pi_1 --why "the ledger was restored")",
                 &Operations::replay, "PROCESSED", "is PROCESSING again");
}

}  // namespace payhook
