#include "service/config/config.h"

#include <fmt/format.h>
#include <sysexits.h>

#include <algorithm>

#include "core/program_error.h"
#include "service/config/currencies_config.h"
#include "service/config/source_config.h"

namespace payhook {

namespace {

// SQLite adds "-journal" to it, and takes 512 bytes.
constexpr std::size_t k_max_database_bytes = 504;

void read_file(const std::filesystem::path& file, Config& config,
               std::vector<SourceConfig>& sources) {
  ConfigSection top = ConfigSection::of_file(file);
  top.read_path("database", config.database, k_max_database_bytes);
  top.read_section("responder", [&](auto& section) { config.responder.read(section); });
  top.read_section("reading", [&](auto& section) { config.reading.read(section); });
  top.read_section("operating", [&](auto& section) { config.operating.read(section); });
  top.read_section("processor", [&](auto& section) { config.processor.read(section); });
  top.read_section("handler",
                   [&](auto& section) { config.handlers.set_default(read_handler(section)); });
  top.read_section("retention", [&](auto& section) { config.retention.read(section); });
  top.read_section("log", [&](auto& section) { config.log.read(section); });
  top.read_section("currencies",
                   [&](auto& section) { read_currencies(section, config.currencies); });
  top.read_every_section("source", [&](auto& section) { sources.emplace_back(section); });
  top.refuse_unknown_keys();
}

std::vector<std::filesystem::path> toml_files_in(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> files;
  if (std::filesystem::exists(directory)) {
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
      if (entry.path().extension() == ".toml") {
        files.push_back(entry.path());
      }
    }
    std::sort(files.begin(), files.end());
  }
  return files;
}

/// An id tells by its beginning whose it is.
void refuse_ambiguous(const SourceConfig& config, const Source& one, const Source& other) {
  if (one.name == other.name) {
    config.refuse(fmt::format("the source {} is there already", one.name));
  }
  const bool has_prefix = !one.id_prefix.empty() && !other.id_prefix.empty();
  if (has_prefix &&
      (one.id_prefix.starts_with(other.id_prefix) || other.id_prefix.starts_with(one.id_prefix))) {
    config.refuse(
        fmt::format("the id_prefix of the source {} begins as that of {}", one.name, other.name));
  }
}

std::vector<std::shared_ptr<const Source>> sources_of(const std::vector<SourceConfig>& configs,
                                                      const SourceConfig::Defaults& defaults) {
  std::vector<std::shared_ptr<const Source>> sources;
  for (const SourceConfig& config : configs) {
    const auto source = std::make_shared<const Source>(config.source(defaults));
    for (const auto& other : sources) {
      refuse_ambiguous(config, *source, *other);
    }
    sources.push_back(source);
  }
  return sources;
}

/// Who upgrades goes on with what there is: five fields, from anybody.
std::shared_ptr<const Source> default_source(const SourceConfig::Defaults& defaults) {
  Source source;
  source.max_body_bytes = defaults.max_body_bytes;
  source.delay = defaults.delay;
  return std::make_shared<const Source>(std::move(source));
}

}  // namespace

std::vector<std::filesystem::path> config_files_in(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> files;
  try {
    files = toml_files_in(directory / "conf.d");
    const auto sources = toml_files_in(directory / "sources.d");
    files.insert(files.end(), sources.begin(), sources.end());
    if (const auto first = directory / "payhook.toml"; std::filesystem::exists(first)) {
      files.insert(files.begin(), first);
    }
  } catch (const std::filesystem::filesystem_error& e) {
    throw ProgramError(EX_CONFIG, e.what());
  }
  return files;
}

Config load_config(std::span<const std::filesystem::path> files) {
  Config config;
  std::vector<SourceConfig> sources;
  for (const auto& file : files) {
    read_file(file, config, sources);
  }
  const SourceConfig::Defaults defaults{config.responder.max_body_bytes, config.processor.delay,
                                        config.currencies};
  for (const SourceConfig& source : sources) {
    if (source.handler() != nullptr) {
      config.handlers.set(source.name(), source.handler());
    }
  }
  if (config.retention.archive.empty()) {
    config.retention.archive = config.database.parent_path() / "archive";
  }
  config.sources =
      sources.empty() ? std::vector{default_source(defaults)} : sources_of(sources, defaults);
  return config;
}

/// What begins as a configured source's ids do can be nobody else's. What begins as no source's do
/// may be of one that is not configured any more.
std::vector<std::string> Config::sources_of(const std::string& transaction_id) const {
  for (const auto& source : sources) {
    if (!source->id_prefix.empty() && transaction_id.starts_with(source->id_prefix)) {
      return {source->name};
    }
  }
  std::vector<std::string> names{k_default_source};
  if (const std::size_t colon = transaction_id.find(':'); colon != transaction_id.npos) {
    names.push_back(transaction_id.substr(0, colon));
  }
  return names;
}

std::size_t Config::max_body_bytes() const noexcept {
  std::size_t most = operating.tokens.empty() ? 0 : k_most_operator_bytes;
  for (const auto& source : sources) {
    most = std::max(most, source->max_body_bytes);
  }
  return most;
}

std::chrono::seconds Config::least_delay() const noexcept {
  auto least = std::chrono::seconds::max();
  for (const auto& source : sources) {
    least = std::min(least, source->delay);
  }
  return least;
}

}  // namespace payhook
