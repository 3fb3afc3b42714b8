#include <fmt/format.h>
#include <sysexits.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/program_error.h"
#include "core/system_error.h"
#include "ctl/commands.h"
#include "ctl/long_table.h"
#include "ctl/named_source.h"
#include "ctl/progress.h"
#include "ctl/provider_file.h"
#include "ctl/reconciliation.h"
#include "ctl/text_lines.h"
#include "ctl/time_argument.h"

namespace payhook {

namespace {

constexpr int k_they_differ = 1;
constexpr std::uint64_t k_between_progress = 1000;

struct Options {
  std::string file;
  std::string source = k_default_source;
  ProviderFileFormat format;
  std::vector<std::string> only;
  std::string separator;
  bool minor_units = false;
  bool decimal_comma = false;
  std::optional<std::string> since;
  std::optional<std::string> before;
};

using Kind = Difference::Kind;
constexpr std::size_t k_kinds = 5;

const char* name_of(Kind kind) {
  static constexpr std::array<const char*, k_kinds> k_names{"missing", "amount", "currency",
                                                            "duplicate", "extra"};
  return k_names.at(static_cast<std::size_t>(kind));
}

void add_amount(Record& record, std::string_view name, const Amount* amount) {
  if (amount == nullptr) {
    record.optional_text(name, std::nullopt);
  } else {
    record.number(name, amount->decimal());
  }
}

Record record_of(const Difference& difference) {
  const auto& listed = difference.listed;
  const auto* const stored = difference.stored ? &difference.stored->stored : nullptr;
  Record record;
  if (listed) {
    record.number("line", std::to_string(listed->line));
  } else {
    record.optional_text("line", std::nullopt);
  }
  record.text("difference", name_of(difference.kind))
      .text("transaction_id",
            listed ? listed->transaction_id : stored->transaction.transaction_id());
  add_amount(record, "listed_amount", listed ? &listed->amount : nullptr);
  record.optional_text("listed_currency", listed ? std::optional(listed->currency) : std::nullopt);
  add_amount(record, "amount", stored != nullptr ? &stored->transaction.amount() : nullptr);
  record
      .optional_text("currency", stored != nullptr ? std::optional(stored->transaction.currency())
                                                   : std::nullopt)
      .optional_text("status", stored != nullptr ? std::optional(stored->status) : std::nullopt)
      .time("created_at", stored != nullptr ? std::optional(stored->created_at) : std::nullopt);
  return record;
}

/// Writes differences, and counts them.
class Differences {
 public:
  explicit Differences(Output& output) : m_table(output) {}

  void add(const Difference& difference) {
    ++m_counts.at(static_cast<std::size_t>(difference.kind));
    m_table.add(record_of(difference));
  }
  void finish() { m_table.finish(); }

  std::uint64_t of(Kind kind) const { return m_counts.at(static_cast<std::size_t>(kind)); }
  std::uint64_t in_file() const {
    return of(Kind::MISSING) + of(Kind::AMOUNT) + of(Kind::CURRENCY) + of(Kind::DUPLICATE);
  }

 private:
  LongTable m_table;
  std::array<std::uint64_t, k_kinds> m_counts{};
};

ProviderFileFormat format_of(const Options& options) {
  ProviderFileFormat format = options.format;
  format.amount_unit = options.minor_units ? AmountUnit::MINOR : AmountUnit::MAJOR;
  format.decimal_mark = options.decimal_comma ? ',' : '.';
  if (!options.separator.empty()) {
    format.separator = options.separator == "tab" ? '\t' : options.separator.front();
  }
  for (const std::string& each : options.only) {
    const std::size_t end = each.find('=');
    if (end == each.npos) {
      throw ProgramError(EX_USAGE, fmt::format("'{}' is no FIELD=VALUE", each));
    }
    format.only.emplace_back(each.substr(0, end), each.substr(end + 1));
  }
  return format;
}

std::ifstream open_file(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    throw ProgramError(EX_NOINPUT, fmt::format("cannot read {}: {}", file,
                                               std::generic_category().message(errno)));
  }
  return in;
}

const Source& source_of(const Config& config, const std::string& name) {
  const auto source = find_source(config, name);
  if (source == nullptr) {
    throw ProgramError(EX_USAGE, fmt::format("there is no source {} in the settings", name));
  }
  return *source;  // the settings have it too
}

std::uint64_t size_of(const std::string& file) {
  std::error_code none;
  const std::uintmax_t size = std::filesystem::file_size(file, none);
  return none ? 0 : size;
}

int compare(const Options& options, ProviderFile& file, Context& context) {
  const Timestamp now = context.now();
  const auto since =
      options.since ? std::optional(time_argument(*options.since, now)) : std::nullopt;
  const auto before =
      options.before ? std::optional(time_argument(*options.before, now)) : std::nullopt;
  const auto browser = context.store().open_browser();
  Reconciliation reconciliation(*browser, options.source);
  Differences differences(context.output());
  std::uint64_t count = 0;
  {
    Progress progress("reconciling");
    const std::uint64_t size = size_of(options.file);
    for (auto payment = file.next(); payment; payment = file.next()) {
      if (const auto difference = reconciliation.compare(*payment)) {
        differences.add(*difference);
      }
      if (++count % k_between_progress == 0) {
        progress.show(file.bytes(), size);
      }
    }
  }
  const bool looks_for_extra = since || before;
  if (looks_for_extra) {
    reconciliation.find_extra(since, before,
                              [&](const Difference& extra) { differences.add(extra); });
  }
  differences.finish();
  const std::uint64_t pruned = reconciliation.pruned();
  context.output().say(
      fmt::format("{} of {} payments agree; missing: {}, other amount or currency: {}, twice: {}, "
                  "extra: {}{}{}",
                  count - differences.in_file() - pruned, count, differences.of(Kind::MISSING),
                  differences.of(Kind::AMOUNT) + differences.of(Kind::CURRENCY),
                  differences.of(Kind::DUPLICATE),
                  looks_for_extra ? std::to_string(differences.of(Kind::EXTRA))
                                  : "not looked for (--since, --before)",
                  pruned > 0 ? fmt::format("; pruned, so not compared: {}", pruned) : "",
                  file.left_out() > 0 ? fmt::format("; left out: {}", file.left_out()) : ""));
  return differences.in_file() + differences.of(Kind::EXTRA) > 0 ? k_they_differ : EX_OK;
}

int reconcile(const Options& options, Context& context) try {
  const ProviderFileFormat format = format_of(options);
  const Source& source = source_of(context.config(), options.source);
  // As the one who runs this: opening the store makes root its owner.
  std::ifstream in = open_file(options.file);
  ProviderFile file(in, format, source, context.config().currencies);
  return compare(options, file, context);
} catch (const WrongLine& e) {
  throw ProgramError(EX_DATAERR, fmt::format("{}, {}", options.file, e.what()));
} catch (const std::ios_base::failure& e) {
  throw ProgramError(EX_NOINPUT,
                     fmt::format("cannot read {}: {}", options.file, e.code().message()));
} catch (const std::invalid_argument& e) {
  throw ProgramError(
      EX_USAGE, fmt::format("{}: {} (see payhookctl reconcile --help)", options.file, e.what()));
}

}  // namespace

void add_reconcile(const Command& program) {
  const Command command = program.add(
      "reconcile", "Compare a provider's file of payments with the transactions of its source");
  const auto options = std::make_shared<Options>();
  command.option("FILE", options->file, "CSV with a header, or JSON lines").required();
  command.option("--source NAME", options->source, "Whose file it is").shows_default();
  const auto add_field = [&](const char* name, std::string& field, const char* what) {
    command.option(name, field, what).shows_default();
  };
  add_field("--id FIELD", options->format.id,
            "The column that has the transaction_id, or its JSON Pointer, as /data/id");
  add_field("--amount FIELD", options->format.amount, "The one that has the amount");
  add_field("--currency FIELD", options->format.currency,
            "The one that has the currency, or the code that all are in");
  command.flag("--minor-units", options->minor_units,
               "Amounts are whole numbers of cents, paise or what the source has for it");
  command.flag("--decimal-comma", options->decimal_comma, "Amounts are as 1.234,50");
  command.option("--only FIELD=VALUE", options->only,
                 "Leave lines out where this field has another value");
  command
      .option("--separator CHARACTER", options->separator,
              "What separates columns, where that is not plain from the header: a character, "
              "or tab")
      .checked([](const std::string& text) {
        return text == "tab" || (text.size() == 1 && text != "\"") ? ""
                                                                   : "neither a character nor tab";
      });
  command.option("--since TIME", options->since,
                 "Tell also of what came at this time or later, and is not in FILE");
  command.option("--before TIME", options->before, "The same of what came before this time");
  command.example(
      "payhookctl reconcile payments.csv --source stripe --id id --amount Amount "
      "--currency Currency --only Status=Paid");
  command.runs([options](Context& context) { return reconcile(*options, context); });
}

}  // namespace payhook
