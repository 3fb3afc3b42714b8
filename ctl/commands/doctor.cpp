#include <exception>
#include <iterator>
#include <vector>

#include "ctl/commands.h"
#include "ctl/doctor/checks.h"
#include "service/program.h"

namespace payhook {

namespace {

void add(std::vector<Finding>& findings, std::vector<Finding> more) {
  findings.insert(findings.end(), std::make_move_iterator(more.begin()),
                  std::make_move_iterator(more.end()));
}

std::vector<Finding> check_store(Context& context) {
  try {
    const auto statistics = context.store().open_statistics();
    std::vector<Finding> findings = doctor::check_engine(statistics->engine());
    const StoreState state = statistics->state(context.now());
    findings.push_back(doctor::check_clock_against(state.newest_created_at, context.now()));
    return findings;
  } catch (const std::exception& e) {
    return {{Finding::Level::PROBLEM, e.what(),
             "mend that: nothing is received or processed without the database"}};
  }
}

std::vector<Finding> examine(Context& context) {
  auto [config, findings] = doctor::check_configuration(context.files());
  findings.push_back(doctor::check_clock());
  add(findings, doctor::check_units());
  if (config) {
    add(findings, doctor::check_files(config_files(context.files()), config->database));
    findings.push_back(doctor::check_socket(config->responder.listen));
    add(findings, doctor::check_nginx(*config));
    add(findings, doctor::check_disk(config->database));
    add(findings, check_store(context));  // from then on root is the database's owner
  }
  return findings;
}

int tell(Context& context) {
  const std::vector<Finding> findings = examine(context);
  context.output().may_be_long();
  write_findings(findings, context.output());
  return exit_status_of(findings);
}

}  // namespace

void add_doctor(const Command& program) {
  const Command command =
      program.add("doctor", "Look at all that payhook needs, and say what is wrong");
  command.example("payhookctl doctor");
  command.runs(tell);
}

}  // namespace payhook
