#include "service/config/config.h"

#include <sysexits.h>

#include <algorithm>

#include "core/program_error.h"
#include "service/config/currencies_config.h"

namespace payhook {

namespace {

// SQLite adds "-journal" to it, and takes 512 bytes.
constexpr std::size_t k_max_database_bytes = 504;

void read_file(const std::filesystem::path& file, Config& config) {
  ConfigSection top = ConfigSection::of_file(file);
  top.read_path("database", config.database, k_max_database_bytes);
  top.read_section("responder", [&](auto& section) { config.responder.read(section); });
  top.read_section("reading", [&](auto& section) { config.reading.read(section); });
  top.read_section("processor", [&](auto& section) { config.processor.read(section); });
  top.read_section("log", [&](auto& section) { config.log.read(section); });
  top.read_section("currencies",
                   [&](auto& section) { read_currencies(section, config.currencies); });
  top.refuse_unknown_keys();
}

}  // namespace

std::vector<std::filesystem::path> config_files_in(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> files;
  try {
    if (const auto more = directory / "conf.d"; std::filesystem::exists(more)) {
      for (const auto& entry : std::filesystem::directory_iterator(more)) {
        if (entry.path().extension() == ".toml") {
          files.push_back(entry.path());
        }
      }
      std::sort(files.begin(), files.end());
    }
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
  for (const auto& file : files) {
    read_file(file, config);
  }
  return config;
}

}  // namespace payhook
