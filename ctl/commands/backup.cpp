#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/become_owner.h"
#include "core/system_error.h"
#include "core/unique_fd.h"
#include "ctl/backup_text.h"
#include "ctl/commands.h"
#include "ctl/progress.h"

namespace payhook {

namespace {

struct Options {
  std::filesystem::path to;
  std::optional<std::size_t> keep;
  bool force = false;
};

/// "payhook-20261127T140000Z.sqlite": names sort as their times do.
std::string name_at(Timestamp now) {
  std::string time = format_seconds(now);
  std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
  return fmt::format("payhook-{}.sqlite", time);
}

bool is_name_of_backup(std::string name) {
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; }, '0');
  return name == "payhook-00000000T000000Z.sqlite";
}

struct Close {
  void operator()(DIR* directory) const noexcept { ::closedir(directory); }
};

/// The names of the backups in a directory, but for `made`, the newest first.
std::vector<std::string> other_backups(int directory, const std::string& made) {
  UniqueFd own(::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const std::unique_ptr<DIR, Close> stream(::fdopendir(own.get()));
  if (stream == nullptr) {
    throw_errno("cannot list the directory of backups");
  }
  own.release();
  std::vector<std::string> names;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): each stream is read by one thread.
  while (const dirent* const entry = ::readdir(stream.get())) {
    struct stat status {};
    if (entry->d_name != made && is_name_of_backup(entry->d_name) &&
        ::fstatat(directory, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISREG(status.st_mode)) {
      names.emplace_back(entry->d_name);
    }
  }
  std::sort(names.begin(), names.end(), std::greater<>());
  return names;
}

/// Leaves `made`, and of the others the newest, so that there are `keep`. (A clock that was set
/// back does not take away what has just been made.) The directory was opened before it was made:
/// whoever may write to it, or put another in its place, does not have root remove what he could
/// not.
void remove_older(const UniqueFd& directory, const std::filesystem::path& made, std::size_t keep) {
  const ActingAsOwner owner(directory);
  const std::vector<std::string> others = other_backups(directory.get(), made.filename());
  for (std::size_t i = keep - 1; i < others.size(); ++i) {
    if (::unlinkat(directory.get(), others[i].c_str(), 0) != 0 && errno != ENOENT) {
      throw_errno("cannot remove " + (made.parent_path() / others[i]).string());
    }
  }
}

int backup(const Options& options, Context& context) {
  const std::filesystem::path to = std::filesystem::absolute(options.to).lexically_normal();
  const std::filesystem::path file = options.keep ? to / name_at(context.now()) : to;
  UniqueFd directory;
  if (options.keep) {
    directory = UniqueFd(::open(to.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory) {
      throw_errno("cannot open the directory " + to.string());
    }
  }
  BackupContents contents;
  {
    ProgressOfParts progress;
    contents = context.maintenance().back_up(
        file,
        options.force ? StoreMaintenance::Existing::REPLACE : StoreMaintenance::Existing::KEEP,
        [&progress](auto... part) { progress.show(part...); });
  }
  Record record;
  record.text("file", file.string());
  add_contents(record, contents);
  context.output().record(record);
  context.output().flush();  // whatever fails from here on: it is made
  if (options.keep) {
    remove_older(directory, file, *options.keep);
  }
  context.store().open_operations()->record(WholeStoreAct::BACKUP, context.act(file.string()),
                                            patience());
  return EX_OK;
}

}  // namespace

void add_backup(const Command& program) {
  const Command command = program.add(
      "backup", "Write all that the database holds now to a file, while the programs run");
  const auto options = std::make_shared<Options>();
  command.option("FILE", options->to, "The file, or with --keep the directory of backups")
      .required();
  command.option("--keep COUNT", options->keep, "Name the file by the time, and keep so many")
      .between(1, 100'000);
  command.flag("--force", options->force, "Replace a file that is there already");
  command.example("payhookctl backup --keep 7 /var/backups/payhook");
  command.runs([options](Context& context) { return backup(*options, context); });
}

}  // namespace payhook
