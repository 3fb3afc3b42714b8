#include "ctl/finding.h"

#include <sysexits.h>

#include <algorithm>

namespace payhook {

std::string_view name_of(Finding::Level level) noexcept {
  switch (level) {
    case Finding::Level::OK:
      return "OK";
    case Finding::Level::WARNING:
      return "WARNING";
    case Finding::Level::PROBLEM:
      break;
  }
  return "PROBLEM";
}

Finding::Level worst_of(std::span<const Finding> findings) noexcept {
  Finding::Level worst = Finding::Level::OK;
  for (const Finding& each : findings) {
    worst = std::max(worst, each.level);
  }
  return worst;
}

int exit_status_of(std::span<const Finding> findings) noexcept {
  return worst_of(findings) == Finding::Level::PROBLEM ? EX_UNAVAILABLE : EX_OK;
}

std::vector<Record> records_of(std::span<const Finding> findings) {
  std::vector<Record> records;
  for (const Finding& each : findings) {
    records.emplace_back()
        .text("level", name_of(each.level))
        .text("what", each.what)
        .text("remedy", each.remedy);
  }
  return records;
}

void write_findings(std::span<const Finding> findings, Output& output) {
  if (output.format() == Output::Format::JSON) {
    output.table(records_of(findings));
    return;
  }
  std::vector<Record> lines;
  for (const Finding& each : findings) {
    lines.emplace_back().text("level", name_of(each.level)).text("finding", each.what);
    if (!each.remedy.empty()) {
      lines.emplace_back().text("level", "").text("finding", "→ " + each.remedy);
    }
  }
  output.table(lines);
}

}  // namespace payhook
