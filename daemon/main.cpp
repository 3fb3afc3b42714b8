// payhookd: processes transactions once they have been PROCESSING for the delay.

#include <cstdlib>
#include <utility>

#include "core/log.h"
#include "core/program.h"
#include "core/stop_signals.h"
#include "daemon/processor.h"
#include "daemon/wake_timer.h"
#include "store/sqlite_store.h"

namespace payhook {
namespace {

int process(const Config& config) {
  const SystemClock clock;
  SqliteStore store(config.database);
  // This may have to wait for another program: until it is over, SIGTERM ends this one in the
  // ordinary way.
  auto queue = store.open_processing_queue();
  const StopSignals stop;
  Processor processor(std::move(queue), clock, config.processor.delay,
                      [&stop] { return is_readable(stop.fd()); });
  WakeTimer timer;
  log::info("ready, database {}, delay {} s", config.database.string(),
            config.processor.delay.count());
  while (timer.sleep_until(processor.process_due(), stop.fd()) != WakeTimer::Woken::STOPPED) {
  }
  log::info("stopped");
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace payhook

int main(int argc, char** argv) {
  return payhook::run_program("payhookd", "The processor of payhook", argc, argv, payhook::process);
}
