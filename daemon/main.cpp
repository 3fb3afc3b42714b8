// payhookd: processes transactions once they have been PROCESSING for the delay.

#include <atomic>
#include <cstdlib>
#include <utility>

#include "core/log.h"
#include "core/program.h"
#include "core/supervisor.h"
#include "daemon/processor_thread.h"
#include "store/sqlite_store.h"

namespace payhook {
namespace {

int process(const Invocation& invocation) {
  const Config& config = invocation.config;
  if (invocation.create_database) {
    return create_database(config.database);
  }
  const SystemClock clock;
  SqliteStore store(config.database, SqliteStore::Missing::REFUSE);
  // This may have to wait for another program: until it is over, SIGTERM ends this one in the
  // ordinary way.
  auto queue = store.open_processing_queue();

  Supervisor supervisor(invocation);
  std::atomic<int> exit_status = EXIT_SUCCESS;
  const auto end = [&exit_status](const ProgramError& error) {
    log::report(log::Event::FAILED, "{}", error.what());
    exit_status = error.exit_status();
    Supervisor::request_stop();
  };
  {
    const auto watch = store.watch(end);
    ProcessorThread processor(std::move(queue), clock, config.processor.delay, end);
    log::report(log::Event::READY, "ready, database {}, delay {} s", config.database.string(),
                config.processor.delay.count());
    // The processor's thread may wait for the disk as long as it takes.
    supervisor.run(
        {[&processor](const Config& changed) { processor.set_delay(changed.processor.delay); },
         [] { return true; }, [&processor] { return processor.status(); }});
  }
  log::report(log::Event::STOPPED, "stopped");
  return exit_status;
}

}  // namespace
}  // namespace payhook

int main(int argc, char** argv) {
  return payhook::run_program("payhookd", "The processor of payhook", argc, argv, payhook::process);
}
