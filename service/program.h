#pragma once

#include <exception>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "service/config/config.h"

namespace payhook {

/// What a program was started with.
struct Invocation {
  Config config;

  /// Reads the configuration again, from where it came: the command line's files, or those that are
  /// now in the configuration directory. Throws as load_config() does.
  std::function<Config()> read_config;

  /// A web server started it, as it does a CGI program: the environment has GATEWAY_INTERFACE.
  bool from_web_server = false;
};

/// Runs a program's work: names it in the log, keeps what it creates from others, and ends whatever
/// is thrown as one line in the log and an exit status from sysexits.h.
int run_guarded(const std::string& name, const std::function<int()>& work);

/// Where the settings are, where nobody says otherwise.
inline constexpr auto k_config_directory = "/etc/payhook";

/// The files of which the configuration consists: these, in their order, or those in
/// k_config_directory where there are none. A directory stands for the files that config_files_in()
/// finds there, and throws as that does.
std::vector<std::filesystem::path> config_files(const std::vector<std::filesystem::path>& files);

/// The configuration of these files. Throws as load_config() does.
Config read_config(const std::vector<std::filesystem::path>& files);

/// Runs a service: reads the command line and the configuration, then calls `run`, guarded, and
/// returns its exit status.
///
/// A program that is to go on, and is told to stop before it has a Supervisor, ends at once, with
/// status 0: see start_signals. One that was started for one thing ends as it does by default.
///
/// Options: --config FILE or directory (repeatable; without it $PAYHOOK_CONFIG, else the files in
/// /etc/payhook), --check-config, --version, --help.
int run_program(const std::string& name, const std::string& description, int argc,
                const char* const* argv, const std::function<int(const Invocation&)>& run);

/// The exit status, from sysexits.h, of a program that ends with this exception.
int exit_status_of(const std::exception& error) noexcept;

}  // namespace payhook
