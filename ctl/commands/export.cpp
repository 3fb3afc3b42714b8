#include <fmt/format.h>
#include <sysexits.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ctl/commands.h"
#include "ctl/commands/filter_options.h"
#include "ctl/csv.h"
#include "ctl/output_file.h"
#include "ctl/progress.h"
#include "ctl/transaction_text.h"

namespace payhook {

namespace {

constexpr std::size_t k_at_once = 1000;

constexpr auto k_csv = "csv";
constexpr auto k_json_lines = "jsonl";

struct Options {
  FilterOptions filter;
  std::string format = k_csv;
  bool for_spreadsheet = false;
  std::optional<std::string> file;
};

using Write = std::function<void(std::string_view)>;

/// Spreadsheets take a text that begins so for a formula, and an apostrophe before it for a text.
std::string without_formula(std::string text) {
  const bool is_formula = text.find_first_of("=+-@\t\r") == 0;
  return is_formula ? "'" + std::move(text) : text;
}

std::string csv_header(const Record& record) {
  std::vector<std::string> names;
  for (const Record::Field& field : record.fields()) {
    names.push_back(field.name);
  }
  return csv_line(names);
}

std::string csv_of(const Record& record, bool for_spreadsheet) {
  std::vector<std::string> texts = texts_of(record);
  if (for_spreadsheet) {
    std::transform(texts.begin(), texts.end(), texts.begin(), without_formula);
  }
  return csv_line(texts);
}

/// Those that are there now, in short looks: one that lasted would keep the WAL from beginning
/// anew.
std::uint64_t write_all(const Options& options, const std::string& format, Context& context,
                        const Write& write) {
  const BrowseFilter filter = filter_of(options.filter, context);
  const auto browser = context.store().open_browser();
  const BrowsePage newest = browser->list({}, std::nullopt, 1);
  const std::int64_t last = newest.transactions.empty() ? -1 : newest.transactions.front().number;
  Progress progress("exporting");
  std::uint64_t count = 0;
  for (std::int64_t seen = -1; seen < last;) {
    const BrowsePage page = browser->list_newer(filter, seen, k_at_once);
    for (const BrowsedTransaction& transaction : page.transactions) {
      if (transaction.number > last) {
        return count;
      }
      const Record record = details_of(transaction);
      if (format == k_json_lines) {
        write(json_of(record) + '\n');
      } else {
        write((count == 0 ? csv_header(record) : "") + csv_of(record, options.for_spreadsheet));
      }
      ++count;
    }
    seen = page.next == seen ? last : *page.next;
    progress.show(static_cast<std::uint64_t>(seen), static_cast<std::uint64_t>(last));
  }
  return count;
}

int export_all(const Options& options, Context& context) {
  Output& output = context.output();
  const std::string format =
      output.format() == Output::Format::JSON ? k_json_lines : options.format;
  if (!options.file) {
    write_all(options, format, context, [&](std::string_view text) { output.bytes(text); });
    return EX_OK;
  }
  context.store();  // whose owner the file belongs to
  OutputFile file(*options.file);
  const std::uint64_t count =
      write_all(options, format, context, [&](std::string_view text) { file.write(text); });
  file.finish();
  output.say(
      fmt::format("{} transaction{} in {}", count, count == 1 ? " is" : "s are", *options.file));
  return EX_OK;
}

}  // namespace

void add_export(const Command& program) {
  const Command command =
      program.add("export", "Write transactions for other programs, the oldest first");
  const auto options = std::make_shared<Options>();
  add_filter_options(command, options->filter);
  command.option("--format FORMAT", options->format, "csv, or jsonl: a JSON object a line")
      .one_of({k_csv, k_json_lines})
      .shows_default();
  command.flag("--for-spreadsheet", options->for_spreadsheet,
               "Put an apostrophe before what a spreadsheet would take for a formula");
  command.option("-o,--output FILE", options->file,
                 "A file to write to, instead of standard output");
  command.example("payhookctl export --since 2026-11-01 --before 2026-12-01 -o november.csv");
  command.runs([options](Context& context) { return export_all(*options, context); });
}

}  // namespace payhook
