// payhookctl: what operators ask payhook, and tell it.

#include <fmt/format.h>
#include <pwd.h>
#include <sysexits.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <string>
#include <vector>

#include "core/program_error.h"
#include "ctl/commands.h"
#include "service/bash_completion.h"
#include "service/program.h"
#include "store/errors.h"

namespace payhook {
namespace {

/// The one who logged in, where sudo says so. Before root becomes the database's owner.
std::string name_of_operator() {
  // NOLINTBEGIN(concurrency-mt-unsafe): no thread has been started yet.
  if (const char* const name = std::getenv("SUDO_USER"); name != nullptr) {
    return name;
  }
  const passwd* const user = ::getpwuid(::getuid());
  // NOLINTEND(concurrency-mt-unsafe)
  return user != nullptr ? user->pw_name : std::to_string(::getuid());
}

/// How the command that was given is called, as "payhookctl source add".
std::string name_of(const CLI::App& app) {
  const auto given = app.get_subcommands();
  return given.empty() ? app.get_name() : app.get_name() + ' ' + name_of(*given.front());
}

/// A command does not try again, as the programs do.
int run_now(const Run& run, Context& context) {
  try {
    return run(context);
  } catch (const StoreUnavailable& e) {
    throw ProgramError(EX_UNAVAILABLE, e.what());
  }
}

int work(int argc, const char* const* argv) {
  CLI::App app("Asks payhook, and tells it what to do", "payhookctl");
  std::vector<std::filesystem::path> files;
  bool json = false;
  bool no_pager = false;
  Run run;
  app.add_option("-c,--config", files,
                 "TOML file, or directory of them, to read; give it again for files\n"
                 "that override it\n"
                 "(default: the files in /etc/payhook)")
      ->type_name("FILE")
      ->take_all()
      ->allow_extra_args(false)
      ->envname("PAYHOOK_CONFIG");
  app.add_flag("--json", json, "Write JSON, an object a line");
  app.add_flag("--no-pager", no_pager, "Do not show long output in a pager");
  app.set_version_flag("--version", fmt::format("payhookctl {}", PAYHOOK_VERSION));
  app.require_subcommand(1);
  app.fallthrough();
  const Command program(app, run);
  for (const auto add :
       {add_backup,     add_cancel,    add_check,  add_conflicts, add_create,          add_doctor,
        add_export,     add_follow,    add_import, add_list,      add_pause,           add_prune,
        add_quarantine, add_reconcile, add_replay, add_requeue,   add_restore,         add_resume,
        add_send,       add_show,      add_source, add_status,    add_verify_signature}) {
    add(program);
  }
  add_bash_completion(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& e) {
    return app.exit(e);
  } catch (const CLI::ParseError& e) {
    throw ProgramError(EX_USAGE, fmt::format("{} (see {} --help)", e.what(), name_of(app)));
  }
  const SystemClock clock;
  Context context(files, clock,
                  Output(stdout, json ? Output::Format::JSON : Output::Format::PLAIN,
                         no_pager ? Output::Paging::NEVER : Output::Paging::ALLOWED),
                  name_of_operator());
  std::signal(SIGPIPE, SIG_IGN);  // it ends in order where nobody reads on
  try {
    const int status = run_now(run, context);
    context.output().flush();
    return status;
  } catch (const OutputClosed&) {
    return EX_OK;
  } catch (const std::exception&) {
    std::fflush(nullptr);  // what was found is read before what went wrong
    throw;
  }
}

}  // namespace
}  // namespace payhook

int main(int argc, char** argv) {
  return payhook::run_guarded("payhookctl", [&] { return payhook::work(argc, argv); });
}
