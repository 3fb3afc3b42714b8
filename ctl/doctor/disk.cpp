#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "ctl/doctor/checks.h"
#include "ctl/health.h"
#include "ctl/human_text.h"

namespace payhook::doctor {

namespace {

using Level = Finding::Level;

struct Kind {
  std::uint64_t type;
  std::string_view name;
};

constexpr std::array k_network{
    Kind{NFS_SUPER_MAGIC, "NFS"},  Kind{CIFS_SUPER_MAGIC, "CIFS"}, Kind{SMB_SUPER_MAGIC, "SMB"},
    Kind{SMB2_SUPER_MAGIC, "SMB"}, Kind{V9FS_MAGIC, "9P"},         Kind{CEPH_SUPER_MAGIC, "Ceph"},
    Kind{AFS_SUPER_MAGIC, "AFS"},  Kind{CODA_SUPER_MAGIC, "Coda"},
};

}  // namespace

std::vector<Finding> findings_on(const Disk& disk, const std::filesystem::path& directory) {
  std::vector<Finding> findings;
  const std::string name = directory.string();
  const auto* const kind = std::find_if(k_network.begin(), k_network.end(),
                                        [&](const Kind& each) { return each.type == disk.type; });
  if (kind != k_network.end()) {
    findings.push_back({Level::PROBLEM,
                        fmt::format("{} is on a network file system ({}): locks and syncs are not "
                                    "to be relied on there",
                                    name, kind->name),
                        "put the database on a local file system"});
  } else if (disk.type == TMPFS_MAGIC) {
    findings.push_back({Level::WARNING,
                        fmt::format("{} is in memory: a reboot loses all of it", name),
                        "put the database on a disk"});
  }
  if (disk.is_read_only) {
    findings.push_back(
        {Level::PROBLEM, fmt::format("{} can only be read", name),
         "the kernel's log says why, where nobody meant it; then mount -o remount,rw"});
  }
  const bool is_full = disk.bytes_left < k_no_disk_bytes;
  if (is_full || disk.bytes_left < k_little_disk_bytes) {
    findings.push_back({is_full ? Level::PROBLEM : Level::WARNING,
                        fmt::format("{} has {} left", name, human_bytes(disk.bytes_left)),
                        "make room, or enlarge the file system"});
  }
  if (findings.empty()) {
    findings.push_back({Level::OK, fmt::format("{} is local, and has {} left", name,
                                               human_bytes(disk.bytes_left))});
  }
  return findings;
}

std::vector<Finding> check_disk(const std::filesystem::path& database) {
  const std::filesystem::path directory = database.parent_path();
  struct statfs kind {};
  struct statvfs status {};
  if (::statfs(directory.c_str(), &kind) != 0 || ::statvfs(directory.c_str(), &status) != 0) {
    return {{Level::PROBLEM,
             fmt::format("the file system of {} cannot be asked: {}", directory.string(),
                         std::generic_category().message(errno)),
             "mount it, or mend 'database' in the settings"}};
  }
  return findings_on(
      {static_cast<std::uint64_t>(kind.f_type), (status.f_flag & ST_RDONLY) != 0,
       static_cast<std::int64_t>(status.f_bavail) * static_cast<std::int64_t>(status.f_frsize)},
      directory);
}

}  // namespace payhook::doctor
