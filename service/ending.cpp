#include "service/ending.h"

#include "core/log.h"
#include "service/supervisor.h"

namespace payhook {

void Ending::fail(const ProgramError& why) {
  if (m_failed.exchange(true)) {
    return;
  }
  m_outage.failed(why.what());
  log::report(log::Event::FAILED, "the program ends: {}", why.what());
  m_exit_status = why.exit_status();
  Supervisor::request_stop();
}

}  // namespace payhook
