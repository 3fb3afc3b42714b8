#pragma once

#include <functional>
#include <string>

#include "core/config.h"

namespace payhook {

/// Runs a program: reads the command line and the configuration, then calls `run` with it and
/// returns its exit status. Whatever is thrown ends as one line on standard error and an exit
/// status from sysexits.h.
///
/// Options: --config FILE (repeatable; without it $PAYHOOK_CONFIG, else /etc/payhook/payhook.toml
/// where that exists), --check-config, --version, --help.
int run_program(const std::string& name, const std::string& description, int argc,
                const char* const* argv, const std::function<int(const Config&)>& run);

}  // namespace payhook
