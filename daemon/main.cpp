// payhookd: processes transactions once they have been PROCESSING for the delay.

#include <exception>
#include <memory>
#include <utility>

#include "core/log.h"
#include "daemon/processor_thread.h"
#include "service/ending.h"
#include "service/outage.h"
#include "service/program.h"
#include "service/service_manager.h"
#include "service/supervisor.h"
#include "store/factory.h"

namespace payhook {
namespace {

std::unique_ptr<ProcessingQueue> open_queue(TransactionStore& store, Outage& outage) {
  try {
    return store.open_processing_queue();
  } catch (const std::exception& e) {
    outage.failed(e.what());
    throw;
  }
}

int process(const Invocation& invocation) {
  const Config& config = invocation.config;
  const SystemClock clock;
  Outage outage(clock, "process transactions", service_manager::runtime_directory());
  const auto store = make_store(config.database);
  // This may have to wait for another program, so it comes before the supervisor, which waits for
  // nobody.
  auto queue = open_queue(*store, outage);

  Supervisor supervisor(invocation);
  Ending ending(outage);
  const auto end = [&ending](const ProgramError& why) { ending.fail(why); };
  {
    ProcessorThread processor(*store, std::move(queue), clock, outage, config, end);
    const auto watch = store->watch({end, [&processor] { processor.look(); }});
    log::report(log::Event::READY, "ready, database {}, delay {} s", config.database.string(),
                config.least_delay().count());
    // The processor's thread may wait for the disk as long as it takes.
    supervisor.run({[&](const Config& changed) { processor.reconfigure(changed); },
                    [] { return true; }, [&] { return outage.status(processor.status()); }});
  }
  log::report(log::Event::STOPPED, "stopped");
  return ending.exit_status();
}

}  // namespace
}  // namespace payhook

int main(int argc, char** argv) {
  return payhook::run_program("payhookd", "The processor of payhook", argc, argv, payhook::process);
}
