#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/output.h"
#include "ctl/record.h"

namespace payhook {

/// What somebody who looks has found, and what is to be done about it.
struct Finding {
  enum class Level {
    OK,
    WARNING,  ///< it works, and an operator is to see to it
    PROBLEM   ///< webhooks are not received or not processed, or will soon not be
  };

  Level level = Level::OK;
  std::string what;
  std::string remedy = {};  ///< where it is not OK
};

/// "OK", "WARNING" or "PROBLEM".
std::string_view name_of(Finding::Level level) noexcept;

/// That of the worst of them; OK where there are none.
Finding::Level worst_of(std::span<const Finding> findings) noexcept;

/// What a command ends with that has found these, from sysexits.h: EX_UNAVAILABLE for a problem.
int exit_status_of(std::span<const Finding> findings) noexcept;

/// For programs, one for each.
std::vector<Record> records_of(std::span<const Finding> findings);

/// Writes them: for people each with its remedy below it, which may be as long.
void write_findings(std::span<const Finding> findings, Output& output);

}  // namespace payhook
