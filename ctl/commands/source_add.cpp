#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/ascii.h"
#include "core/fault_point.h"
#include "core/program_error.h"
#include "ctl/commands/source.h"
#include "ctl/interruption.h"
#include "ctl/named_source.h"
#include "ctl/new_file.h"
#include "ctl/secret_prompt.h"
#include "json/writer.h"
#include "service/config/source_config.h"
#include "service/program.h"
#include "webhook/presets.h"

namespace payhook {

namespace {

constexpr std::chrono::seconds k_between_looks{1};

struct Options {
  std::string preset;
  std::optional<std::string> name;
  std::vector<std::pair<std::string, std::string>> values;
  std::string host = "YOUR.NAME";
  bool wait = false;
  bool no_wait = false;
};

std::vector<std::string> preset_names() {
  std::vector<std::string> names;
  for (const Preset& preset : presets()) {
    names.emplace_back(preset.name);
  }
  return names;
}

/// Where the programs' settings are, files or a directory.
std::vector<std::filesystem::path> settings_of(const Context& context) {
  return context.files().empty() ? std::vector<std::filesystem::path>{k_config_directory}
                                 : context.files();
}

/// Where a source is a file of its own.
std::filesystem::path directory_of(const std::vector<std::filesystem::path>& settings) {
  const auto is_directory = [](const std::filesystem::path& path) {
    return std::filesystem::is_directory(path);
  };
  const auto found = std::find_if(settings.begin(), settings.end(), is_directory);
  if (std::count_if(settings.begin(), settings.end(), is_directory) != 1) {
    throw ProgramError(
        EX_USAGE,
        fmt::format("a source is added to a directory of settings, as {}, and not to a file: name "
                    "one directory with --config, or write the source into the file by hand, as "
                    "payhook.toml(5) says",
                    k_config_directory));
  }
  return std::filesystem::absolute(*found).lexically_normal();
}

/// TOML's basic strings are JSON's, but for control characters.
std::string quoted(const std::string& text) {
  if (std::any_of(text.begin(), text.end(), is_control)) {
    throw ProgramError(EX_USAGE, "a value has a control character");
  }
  return json_string(text);
}

std::string toml_of(const Options& options, const std::string& name,
                    const std::filesystem::path& secret) {
  std::string toml = fmt::format(
      "# Made by payhookctl source add. All keys are in payhook.toml(5).\n[[source]]\nname = {}\n"
      "preset = {}\nsecrets = [{}]\n",
      quoted(name), quoted(options.preset), quoted(secret.string()));
  for (const auto& [key, value] : options.values) {
    toml += fmt::format("values.{} = {}\n", quoted(key), quoted(value));
  }
  return toml;
}

/// Whether systemd runs what reads /etc/payhook.
bool runs_under_systemd(const Context& context) {
  return context.files().empty() && std::filesystem::exists("/run/systemd/system");
}

/// Throws ProgramError (EX_UNAVAILABLE).
void reload_services() {
  constexpr std::array k_command{"systemctl", "try-reload-or-restart", "payhook-fcgi", "payhookd"};
  std::vector<char*> arguments;
  for (const char* const argument : k_command) {
    arguments.push_back(const_cast<char*>(argument));  // NOLINT: posix_spawn() changes none
  }
  arguments.push_back(nullptr);
  ::pid_t child = -1;
  int status = -1;
  const int error =
      ::posix_spawnp(&child, arguments.front(), nullptr, nullptr, arguments.data(), environ);
  if (error != 0 || ::waitpid(child, &status, 0) != child || status != 0) {
    throw ProgramError(EX_UNAVAILABLE,
                       "the source is configured, but the services could not be reloaded: see what "
                       "systemctl says, and then systemctl reload payhook-fcgi payhookd");
  }
}

/// What the first webhook of a source has become, once there is one.
class FirstWebhook {
 public:
  FirstWebhook(Context& context, std::string source, Timestamp since)
      : m_source(std::move(source)),
        m_since(since),
        m_browser(context.store().open_browser()),
        m_kept(context.store().open_kept_webhooks()) {}

  std::optional<std::string> look() {
    const auto page = m_browser->list({.source = m_source, .since = m_since}, std::nullopt, 1);
    if (!page.transactions.empty()) {
      return fmt::format("it is the transaction {}",
                         page.transactions.front().stored.transaction.transaction_id());
    }
    if (const auto head = newest(KeptIn::EVENTS)) {
      return fmt::format("it is no payment, but an event of the type {}", head->why);
    }
    if (const auto head = newest(KeptIn::QUARANTINE)) {
      return fmt::format(
          "it is authentic, but in the quarantine: {} (see payhookctl quarantine show {})",
          head->why, head->id);
    }
    return std::nullopt;
  }

 private:
  std::optional<KeptHead> newest(KeptIn where) {
    const auto page = m_kept->list(where, {.source = m_source, .since = m_since}, std::nullopt, 1);
    return page.heads.empty() ? std::nullopt : std::optional(page.heads.front());
  }

  const std::string m_source;
  const Timestamp m_since;
  const std::unique_ptr<TransactionBrowser> m_browser;
  const std::unique_ptr<KeptWebhooks> m_kept;
};

void wait_for_first(Context& context, const std::string& name, Timestamp since) {
  const Interruption interruption;
  context.output().say("waiting for the first webhook that is verified (Ctrl-C ends that) …");
  std::fflush(stdout);  // whoever reads it knows now
  FirstWebhook first(context, name, since);
  do {
    if (const auto found = first.look()) {
      context.output().say(fmt::format("the first webhook has come: {}", *found));
      return;
    }
  } while (interruption.wait(k_between_looks));
  context.output().say("it has not come yet, and will be taken when it comes");
}

void tell(Context& context, const Source& source, const Options& options,
          const std::filesystem::path& file) {
  Record record;
  record.text("source", source.name)
      .text("file", file.string())
      .text("secret", source.secrets.front())
      .text("url", fmt::format("https://{}{}", options.host, source.path()));
  context.output().record(record);
  for (const std::string& note : source.notes) {
    context.output().say("  " + note);
  }
}

/// What the programs cannot read must not be made: it takes root to know their group.
void require_directory(const std::filesystem::path& directory, const std::string& how) {
  if (std::error_code unknown; !std::filesystem::is_directory(directory, unknown)) {
    throw ProgramError(EX_CANTCREAT, fmt::format("there is no directory {0}: make it with: install "
                                                 "-d {1} {0}",
                                                 directory.string(), how));
  }
}

/// Whether a file has just this in it. Nobody can say what another was for.
bool has_content(const std::filesystem::path& file, const std::string& content) {
  std::error_code unknown;
  if (!std::filesystem::is_regular_file(std::filesystem::symlink_status(file, unknown)) ||
      std::filesystem::file_size(file, unknown) != content.size()) {
    return false;
  }
  std::ifstream stream(file, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(stream), {}) == content;
}

/// Places the files of the source, once the settings with it are found good, and returns these.
/// Nothing of it is left where that fails. Killed in between, it leaves the secret alone, and the
/// next one goes on with that: then there is none to place.
Config configure(std::vector<std::filesystem::path> settings, NewFile& file,
                 std::optional<NewFile>& secret) {
  if (secret) {
    secret->place();
  }
  fault_point("secret_placed");
  settings.push_back(file.written());
  try {
    Config config = read_config(settings);
    file.place();
    return config;
  } catch (const std::exception&) {
    if (secret) {
      secret->take_back();
    }
    throw;
  }
}

bool has_default(const Config& config) { return find_source(config, k_default_source) != nullptr; }

int add(const Options& options, Context& context) {
  const std::string name = options.name.value_or(options.preset);
  if (!is_source_name(name)) {
    throw ProgramError(EX_USAGE,
                       fmt::format("'{}' is no name for a source: {}", name, k_source_names));
  }
  const auto settings = settings_of(context);
  const auto directory = directory_of(settings);
  const auto secret_path = directory / "secrets" / name;
  const bool had_default = has_default(context.config());
  if (find_source(context.config(), name) != nullptr) {
    throw ProgramError(
        EX_CANTCREAT,
        fmt::format("the source {} is there already: choose another --name; if the programs do not "
                    "know it yet: systemctl reload payhook-fcgi payhookd",
                    name));
  }
  require_directory(directory / "sources.d", "-m 0755");
  require_directory(secret_path.parent_path(), "-m 2750 -g GROUP_OF_THE_PROGRAMS");
  NewFile file(directory / "sources.d" / (name + ".toml"), toml_of(options, name, secret_path),
               0644);
  const std::string text =
      ask_for_secret(fmt::format("The secret of {} (it is not shown): ", name));
  std::optional<NewFile> secret;
  if (!has_content(secret_path, text)) {
    secret.emplace(secret_path, text, 0640);
  }
  const Timestamp since = context.now();
  const Config config = configure(settings, file, secret);
  tell(context, *find_source(config, name), options, file.path());
  if (had_default && !has_default(config)) {
    context.output().say(
        "the source default, to which anybody could send as long as none was configured, is gone");
  }
  if (runs_under_systemd(context)) {
    reload_services();
  } else {
    context.output().say("have payhook-fcgi and payhookd read their settings again (SIGHUP)");
  }
  if (options.wait || (!options.no_wait && ::isatty(STDIN_FILENO) == 1)) {
    wait_for_first(context, name, since);
  }
  return EX_OK;
}

}  // namespace

void add_source_add(const Command& group) {
  const Command command =
      group.add("add", "Configure a sender: its secret is asked for, and nobody sees it");
  const auto options = std::make_shared<Options>();
  command.option("PRESET", options->preset, "How it signs and what its bodies mean")
      .required()
      .one_of(preset_names());
  command.option("--name NAME", options->name, "What it is called (default: as the preset)");
  command.option("--value KEY VALUE", options->values,
                 "What its preset needs to know, as: --value url https://pay.example.org/…");
  command
      .option("--host NAME", options->host, "The name under which the sender reaches this server")
      .shows_default();
  const Option wait =
      command.flag("--wait", options->wait, "Wait for its first webhook: as is done at a terminal");
  command.flag("--no-wait", options->no_wait, "Do not wait").excludes(wait);
  command.example(
      "payhookctl source add stripe --host pay.example.org\n"
      "         payhookctl source add stripe --name stripe-eu <secret");
  command.runs([options](Context& context) { return add(*options, context); });
}

}  // namespace payhook
