#include <fmt/format.h>
#include <sysexits.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/program_error.h"
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

/// Leaves `made`, and of the others the newest, so that there are `keep`. (A clock that was set
/// back does not take away what has just been made.)
void remove_older(const std::filesystem::path& made, std::size_t keep) {
  std::vector<std::filesystem::path> others;
  for (const auto& entry : std::filesystem::directory_iterator(made.parent_path())) {
    if (entry.path() != made && is_name_of_backup(entry.path().filename().string())) {
      others.push_back(entry.path());
    }
  }
  std::sort(others.begin(), others.end(), std::greater<>());
  for (std::size_t i = keep - 1; i < others.size(); ++i) {
    std::filesystem::remove(others[i]);
  }
}

int backup(const Options& options, Context& context) {
  const std::filesystem::path to = std::filesystem::absolute(options.to).lexically_normal();
  const std::filesystem::path file = options.keep ? to / name_at(context.now()) : to;
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
    remove_older(file, *options.keep);
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
