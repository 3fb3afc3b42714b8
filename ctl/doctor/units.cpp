#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <system_error>

#include "ctl/doctor/checks.h"
#include "ctl/doctor/command_output.h"

namespace payhook::doctor {

namespace {

using Level = Finding::Level;
using Properties = std::map<std::string, std::string, std::less<>>;

constexpr std::string_view k_socket = "payhook-fcgi.socket";
constexpr std::string_view k_responder = "payhook-fcgi.service";
constexpr std::string_view k_processor = "payhookd.service";

/// systemctl parts units by an empty line.
std::vector<Properties> units_in(std::string_view shown) {
  std::vector<Properties> units(1);
  while (!shown.empty()) {
    const std::string_view line = shown.substr(0, shown.find('\n'));
    shown.remove_prefix(std::min(shown.size(), line.size() + 1));
    if (const std::size_t equals = line.find('='); equals != line.npos) {
      units.back().emplace(line.substr(0, equals), line.substr(equals + 1));
    } else if (!units.back().empty()) {
      units.emplace_back();
    }
  }
  return units;
}

std::vector<Finding> findings_on_unit(const Properties& unit) {
  const auto property = [&unit](std::string_view name) {
    const auto found = unit.find(name);
    return found == unit.end() ? std::string() : found->second;
  };
  const std::string id = property("Id");
  const std::string active = property("ActiveState");
  if (property("LoadState") == "not-found") {
    return {{Level::WARNING, fmt::format("systemd knows no {}", id),
             "install payhook's package, or see to it that its programs are started"}};
  }
  if (active == "failed") {
    return {{Level::PROBLEM, fmt::format("{} has failed: {}", id, property("Result")),
             fmt::format("journalctl -u {} says why; then systemctl restart {}", id, id)}};
  }
  // The socket starts the responder with the next request.
  if (active == "inactive" && id != k_responder) {
    return {{Level::PROBLEM, fmt::format("{} does not run", id),
             fmt::format("systemctl start {}", id)}};
  }
  if (property("UnitFileState") == "disabled" && id != k_responder) {
    return {{Level::WARNING, fmt::format("{} runs, and will not after a reboot", id),
             fmt::format("systemctl enable {}", id)}};
  }
  return {{Level::OK, fmt::format("{} is {}", id, active)}};
}

}  // namespace

std::vector<Finding> findings_on_units(std::string_view shown) {
  std::vector<Finding> findings;
  for (const Properties& unit : units_in(shown)) {
    if (!unit.empty()) {
      for (Finding& each : findings_on_unit(unit)) {
        findings.push_back(std::move(each));
      }
    }
  }
  return findings;
}

std::vector<Finding> check_units() {
  std::error_code none;
  if (!std::filesystem::exists("/run/systemd/system", none)) {
    return {{Level::OK, "systemd does not run here: who starts the programs is not known"}};
  }
  const auto shown =
      output_of({"systemctl", "show", "--property=Id,LoadState,ActiveState,UnitFileState,Result",
                 std::string(k_socket), std::string(k_responder), std::string(k_processor)});
  return shown ? findings_on_units(*shown)
               : std::vector<Finding>{{Level::WARNING, "systemctl says nothing of payhook's units",
                                       "run this as root"}};
}

}  // namespace payhook::doctor
