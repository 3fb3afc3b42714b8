#pragma once

#include <optional>
#include <string>

#include "ctl/commands.h"
#include "store/browser.h"

namespace payhook {

/// Which transactions, as a command line says it.
struct FilterOptions {
  BrowseFilter filter;  ///< of what needs no more reading
  std::optional<std::string> since;
  std::optional<std::string> before;
  std::optional<std::string> min_amount;
  std::optional<std::string> max_amount;
};

/// Adds them to a command. `options` must outlive it.
void add_filter_options(const Command& command, FilterOptions& options);

/// Throws ProgramError (EX_USAGE) for what cannot be read and a source that nobody knows, and as
/// Context::store() does.
BrowseFilter filter_of(const FilterOptions& options, Context& context);

}  // namespace payhook
