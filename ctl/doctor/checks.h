#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/timestamp.h"
#include "ctl/finding.h"
#include "service/config/config.h"
#include "store/statistics.h"

/// What payhookctl doctor looks at, each check in a file of its own. They throw nothing: that one
/// cannot be made is a finding too.
namespace payhook::doctor {

/// How the settings are, and they themselves where they can be read.
struct Configuration {
  std::optional<Config> config;
  std::vector<Finding> findings;
};
Configuration check_configuration(const std::vector<std::filesystem::path>& files);

/// Who may read and write the files of the settings and of the database.
std::vector<Finding> check_files(const std::vector<std::filesystem::path>& settings,
                                 const std::filesystem::path& database);

/// Of a file with this mode, whose content is secret or not; nothing where it is as it should be.
std::optional<Finding> doubt_about_mode(const std::filesystem::path& file, mode_t mode,
                                        bool is_secret);

/// Whether somebody takes requests at the responder's socket. Asks nothing there.
Finding check_socket(const std::filesystem::path& socket);

/// What nginx lets through, where it is installed and its settings may be read.
std::vector<Finding> check_nginx(const Config& config);

/// The same by what `nginx -T` has written.
std::vector<Finding> check_nginx_settings(std::string_view dump, const Config& config);

/// The machine's clock, by the kernel's word for it.
Finding check_clock();

/// The same by the newest transaction.
Finding check_clock_against(const std::optional<Timestamp>& newest_created_at, Timestamp now);

/// What the database's file system is, and has left.
std::vector<Finding> check_disk(const std::filesystem::path& database);

struct Disk {
  std::uint64_t type = 0;  ///< statfs's
  bool is_read_only = false;
  std::int64_t bytes_left = 0;
};
std::vector<Finding> findings_on(const Disk& disk, const std::filesystem::path& directory);

/// The engine, by its own word.
std::vector<Finding> check_engine(const EngineReport& report);

/// systemd's units, where it runs.
std::vector<Finding> check_units();

/// The same by what `systemctl show` has written.
std::vector<Finding> findings_on_units(std::string_view shown);

}  // namespace payhook::doctor
