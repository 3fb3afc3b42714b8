#include "ctl/commands/on_one.h"

namespace payhook {

void add_cancel(const Command& program) {
  add_act_on_one(program, "cancel", "Have a transaction that is PROCESSING fail, with a reason",
                 R"(payhookctl cancel stripe:pi_1 --why "paid back by hand")", &Operations::cancel,
                 "PROCESSING", "has FAILED now");
}

}  // namespace payhook
