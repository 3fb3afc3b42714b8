#include "ctl/doctor/checks.h"

namespace payhook::doctor {

std::vector<Finding> check_engine(const EngineReport& report) {
  std::vector<Finding> findings{{Finding::Level::OK, "the database opens: " + report.text}};
  for (const std::string& doubt : report.doubts) {
    findings.push_back({Finding::Level::WARNING, doubt,
                        "what changed it is not payhook: restore a backup into a new database"});
  }
  return findings;
}

}  // namespace payhook::doctor
