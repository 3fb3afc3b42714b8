#include <fmt/format.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "ctl/doctor/checks.h"

namespace payhook::doctor {

namespace {

using Level = Finding::Level;

void check_settings(const std::vector<std::filesystem::path>& files,
                    std::vector<Finding>& findings) {
  for (const auto& file : files) {
    struct stat status {};
    if (::stat(file.c_str(), &status) == 0) {
      if (auto doubt = doubt_about_mode(file, status.st_mode, false)) {
        findings.push_back(*std::move(doubt));
      }
    }
  }
}

/// The programs run as the directory's owner, unless that is root.
void check_database_file(const std::filesystem::path& file, uid_t owner,
                         std::vector<Finding>& findings) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) {
    return;
  }
  if (auto doubt = doubt_about_mode(file, status.st_mode, true)) {
    findings.push_back(*std::move(doubt));
  }
  if (owner != 0 && status.st_uid != owner) {
    findings.push_back({Level::PROBLEM,
                        fmt::format("{} belongs to user id {}, and its directory to {}: the "
                                    "programs cannot write it",
                                    file.string(), status.st_uid, owner),
                        fmt::format("chown {} {}", owner, file.string())});
  }
}

}  // namespace

std::optional<Finding> doubt_about_mode(const std::filesystem::path& file, mode_t mode,
                                        bool is_secret) {
  if ((mode & S_IWOTH) != 0) {
    return Finding{Level::PROBLEM, fmt::format("everybody may write {}", file.string()),
                   fmt::format("chmod o-w {}", file.string())};
  }
  if (is_secret && (mode & S_IROTH) != 0) {
    return Finding{Level::WARNING,
                   fmt::format("everybody may read {}, which has payments in it", file.string()),
                   fmt::format("chmod o= {}", file.string())};
  }
  return std::nullopt;
}

std::vector<Finding> check_files(const std::vector<std::filesystem::path>& settings,
                                 const std::filesystem::path& database) {
  std::vector<Finding> findings;
  check_settings(settings, findings);
  const std::filesystem::path directory = database.parent_path();
  struct stat status {};
  if (::stat(directory.c_str(), &status) != 0) {
    findings.push_back({Level::PROBLEM,
                        fmt::format("the directory {} of the database cannot be looked into: {}",
                                    directory.string(), std::generic_category().message(errno)),
                        "mount the volume that it is on, or mend 'database' in the settings"});
    return findings;
  }
  constexpr std::array k_endings{"", "-wal", "-shm", ".turn"};
  for (const auto* const ending : k_endings) {
    check_database_file(database.string() + ending, status.st_uid, findings);
  }
  if (findings.empty()) {
    findings.push_back({Level::OK, "the files are readable and writable for whom they should be"});
  }
  return findings;
}

}  // namespace payhook::doctor
