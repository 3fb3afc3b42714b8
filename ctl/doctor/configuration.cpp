#include <fmt/format.h>

#include <exception>

#include "ctl/doctor/checks.h"
#include "service/program.h"

namespace payhook::doctor {

Configuration check_configuration(const std::vector<std::filesystem::path>& files) {
  using Level = Finding::Level;
  Configuration result;
  try {
    result.config = read_config(files);
  } catch (const std::exception& e) {
    result.findings.push_back(
        {Level::PROBLEM, fmt::format("the settings are wrong: {}", e.what()),
         "mend that; until then the programs do not start, and a reload changes nothing"});
    return result;
  }
  const Config& config = *result.config;
  result.findings.push_back(
      {Level::OK, fmt::format("the settings are good, with {} {}", config.sources.size(),
                              config.sources.size() == 1 ? "source" : "sources")});
  for (const auto& source : config.sources) {
    if (!source->is_authentic()) {
      result.findings.push_back(
          {Level::WARNING,
           fmt::format("anybody may send to {}: the source {} has no signature", source->path(),
                       source->name),
           "give it one, see payhook.toml(5)"});
    }
    const HandlerConfig& handler = *config.handlers.of(source->name);
    if (const auto hindrance = handler.hindrance()) {
      result.findings.push_back(
          {Level::PROBLEM,
           fmt::format("the handler {} of the source {} cannot be started: {}", handler.name(),
                       source->name, *hindrance),
           "install it there with mode 0755, or mend 'command'; until then its "
           "transactions are tried again"});
    }
    for (const std::string& note : source->notes) {
      result.findings.push_back({Level::WARNING, fmt::format("source {}: {}", source->name, note),
                                 "look at its file, see payhook.toml(5)"});
    }
  }
  return result;
}

}  // namespace payhook::doctor
