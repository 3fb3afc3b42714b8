#include <fmt/format.h>
#include <sysexits.h>

#include <filesystem>
#include <memory>
#include <string>

#include "ctl/backup_text.h"
#include "ctl/commands.h"
#include "ctl/progress.h"

namespace payhook {

namespace {

struct Options {
  std::filesystem::path file;
  bool drill = false;
};

Record record_of(const std::filesystem::path& file, const BackupContents& contents) {
  Record record;
  record.text("file", file.string());
  add_contents(record, contents);
  return record;
}

int drill(const std::filesystem::path& file, Context& context) {
  ProgressOfParts progress;
  const BackupContents contents =
      context.maintenance().drill(file, [&progress](auto... part) { progress.show(part...); });
  context.output().record(record_of(file, contents));
  context.output().say("it can be restored: the copy that was made of it is gone again");
  return EX_OK;
}

int restore(const std::filesystem::path& file, Context& context) {
  ProgressOfParts progress;
  const Restored restored = context.maintenance().restore(
      file, context.now(), [&progress](auto... part) { progress.show(part...); });
  Record record = record_of(file, restored.contents);
  record.optional_text("aside",
                       restored.aside ? std::optional(restored.aside->string()) : std::nullopt);
  record.text("owner", restored.owner);
  context.output().record(record);
  if (!restored.aside) {
    context.output().say(fmt::format(
        "there was no database before: if a volume is yet to be mounted where it is now, move it "
        "away and begin anew, and if the programs do not run as {}, give it to their user, with "
        "its directory",
        restored.owner));
  }
  context.output().say(
      "start the programs: systemctl start payhook-fcgi.socket payhook-fcgi payhookd\n"
      "then have providers send again what they have sent since newest_created_at, and some "
      "minutes "
      "before: what is here already changes nothing. What was processed since then is handed to "
      "its "
      "handler once more, with the same idempotency key.");
  context.output().flush();  // whatever fails from here on: it is restored
  context.store().open_operations()->record(WholeStoreAct::RESTORE, context.act(file.string()),
                                            patience());
  return EX_OK;
}

}  // namespace

void add_restore(const Command& program) {
  const Command command =
      program.add("restore", "Put a backup in the place of the database, which is kept aside");
  const auto options = std::make_shared<Options>();
  command.option("FILE", options->file, "The backup").required();
  command.flag("--drill", options->drill,
               "Do all of it but that: copy, verify, and tell what is in it");
  command.example(
      "payhookctl restore --drill /var/backups/payhook/payhook-20261127T030000Z.sqlite");
  command.runs([options](Context& context) {
    const auto file = std::filesystem::absolute(options->file);
    return options->drill ? drill(file, context) : restore(file, context);
  });
}

}  // namespace payhook
