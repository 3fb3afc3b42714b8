#include "service/program.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sysexits.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <new>
#include <system_error>
#include <vector>

#include "core/log.h"
#include "core/program_error.h"
#include "service/bash_completion.h"
#include "service/start_signals.h"

namespace payhook {

namespace {

void print_sources(const Config& config) {
  for (const auto& source : config.sources) {
    fmt::print("source {} at {}\n", source->name, source->path());
    const HandlerConfig& handler = *config.handlers.of(source->name);
    if (!handler.is_none()) {
      fmt::print("  handled by {}\n", handler.name());
    }
    if (const auto hindrance = handler.hindrance()) {
      fmt::print("  the handler cannot be started: {}\n", *hindrance);
    }
    if (!source->is_authentic()) {
      fmt::print("  anybody may send to it: it has no signature\n");
    }
    for (const std::string& note : source->notes) {
      fmt::print("  {}\n", note);
    }
  }
}

int parse_and_run(const std::string& name, const std::string& description, int argc,
                  const char* const* argv, const std::function<int(const Invocation&)>& run) {
  CLI::App app(description, name);
  std::vector<std::filesystem::path> files;
  bool check = false;
  Invocation invocation;
  app.add_option("-c,--config", files,
                 fmt::format("TOML file, or directory of them, to read; give it again for\n"
                             "files that override it\n"
                             "(default: {0}/payhook.toml, then {0}/conf.d/*.toml\n"
                             "and {0}/sources.d/*.toml)",
                             k_config_directory))
      ->type_name("FILE")
      ->take_all()
      ->allow_extra_args(false)
      ->envname("PAYHOOK_CONFIG");
  app.add_flag("--check-config", check, "Read the configuration, say whether it is good, and end");
  app.set_version_flag("--version", fmt::format("{} {}", name, PAYHOOK_VERSION));
  add_bash_completion(app);
  // NOLINTNEXTLINE(concurrency-mt-unsafe): no thread has been started yet.
  invocation.from_web_server = std::getenv("GATEWAY_INTERFACE") != nullptr;
  try {
    // It may pass words of the query string as arguments: they are the client's, not the
    // operator's.
    app.parse(invocation.from_web_server ? 1 : argc, argv);
  } catch (const CLI::Success& e) {
    return app.exit(e);
  } catch (const CLI::ParseError& e) {
    throw ProgramError(EX_USAGE, fmt::format("{} (see {} --help)", e.what(), name));
  }
  if (check) {
    start_signals::end_the_program();
  } else {
    start_signals::end_the_start();
  }
  invocation.read_config = [files] { return read_config(files); };
  invocation.config = invocation.read_config();
  if (check) {
    fmt::print("the configuration is good\n");
    print_sources(invocation.config);
    return EX_OK;
  }
  log::set_transaction_ids(invocation.config.log.transaction_ids);
  return run(invocation);
}

}  // namespace

int exit_status_of(const std::exception& error) noexcept {
  if (const auto* known = dynamic_cast<const ProgramError*>(&error)) {
    return known->exit_status();
  }
  return dynamic_cast<const std::system_error*>(&error) != nullptr ? EX_OSERR : EX_SOFTWARE;
}

std::vector<std::filesystem::path> config_files(const std::vector<std::filesystem::path>& files) {
  const std::vector<std::filesystem::path> by_default{k_config_directory};
  std::vector<std::filesystem::path> all;
  for (const auto& file : files.empty() ? by_default : files) {
    std::error_code unreadable;
    const bool is_directory = files.empty() || std::filesystem::is_directory(file, unreadable);
    const auto found = is_directory ? config_files_in(file) : std::vector{file};
    all.insert(all.end(), found.begin(), found.end());
  }
  return all;
}

Config read_config(const std::vector<std::filesystem::path>& files) {
  return load_config(config_files(files));
}

int run_guarded(const std::string& name, const std::function<int()>& work) {
  log::set_program(name);
  // What the programs create (database, lock, socket) is nobody else's business.
  ::umask(::umask(0) | S_IWGRP | S_IRWXO);
  // A file that may not grow any more is like a full disk, and not the end of the program.
  ::signal(SIGXFSZ, SIG_IGN);
  int status = EX_OK;
  try {
    status = work();
  } catch (const std::exception& e) {
    log::report(log::Event::FAILED, "{}", e.what());
    status = exit_status_of(e);
  }
  log::write_last_counts();
  return status;
}

int run_program(const std::string& name, const std::string& description, int argc,
                const char* const* argv, const std::function<int(const Invocation&)>& run) {
  start_signals::hold();
  return run_guarded(name, [&] { return parse_and_run(name, description, argc, argv, run); });
}

}  // namespace payhook
