#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sysexits.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/fault_point.h"
#include "core/program_error.h"
#include "ctl/commands.h"
#include "ctl/from_flask.h"
#include "ctl/long_table.h"
#include "ctl/named_source.h"
#include "ctl/progress.h"

namespace payhook {

namespace {

constexpr int k_some_were_left_out = 1;

// In one transaction, so that webhooks do not wait for long.
constexpr std::size_t k_at_once = 500;

struct Options {
  std::string file;
  std::string why;
  bool dry_run = false;
};

/// A row that may be stored, and what is to be told of it then.
struct Candidate {
  std::int64_t id;
  PastTransaction transaction;
  std::vector<std::string> remarks;
};

/// What becomes of rows: it is counted, and told where it is not plain.
class Report {
 public:
  Report(Output& output, bool dry_run) : m_table(output), m_dry_run(dry_run) {}

  void unusable(const FlaskRow& row, const std::vector<std::string>& remarks) {
    ++m_left_out;
    add(row.id, row.transaction_id, "not imported", remarks);
  }

  void stored(const Candidate& row, IntakeResult result) {
    const std::string& id = row.transaction.transaction.transaction_id();
    if (result == IntakeResult::CREATED) {
      ++m_imported;
      m_decided += row.remarks.empty() ? 0 : 1;
      if (!row.remarks.empty()) {
        add(row.id, id, m_dry_run ? "would be imported" : "imported", row.remarks);
      }
    } else if (result == IntakeResult::DUPLICATE) {
      ++m_there;
    } else {
      ++m_left_out;
      add(row.id, id, "not imported", {"payhook has this id with other values, which stand"});
    }
  }

  void finish() { m_table.finish(); }

  bool is_complete() const noexcept { return m_left_out == 0; }

  std::string summary() const {
    return fmt::format("{} {}imported, {} of them with something decided; {} there already; {} not",
                       m_imported, m_dry_run ? "would be " : "", m_decided, m_there, m_left_out);
  }

 private:
  void add(std::int64_t row, const std::string& id, const char* result,
           const std::vector<std::string>& remarks) {
    Record record;
    record.number("row", std::to_string(row))
        .text("transaction_id", id)
        .text("result", result)
        .text("why", fmt::format("{}", fmt::join(remarks, "; ")));
    m_table.add(std::move(record));
  }

  LongTable m_table;
  const bool m_dry_run;
  std::uint64_t m_imported = 0;
  std::uint64_t m_decided = 0;
  std::uint64_t m_there = 0;
  std::uint64_t m_left_out = 0;
};

/// Where rows go, some at a time.
class Target {
 public:
  virtual ~Target() = default;
  virtual std::vector<IntakeResult> add(const std::vector<PastTransaction>& transactions) = 0;
};

class StoreTarget final : public Target {
 public:
  StoreTarget(TransactionStore& store, Act act)
      : m_importer(store.open_importer()),
        m_upkeep(store.open_upkeep(TransactionStore::Keeper::STANDING_IN)),
        m_act(std::move(act)) {}

  std::vector<IntakeResult> add(const std::vector<PastTransaction>& transactions) override {
    auto results = m_importer->add(k_default_source, transactions, m_act, patience());
    fault_point("after some were imported");
    m_upkeep->step(patience());
    return results;
  }

 private:
  const std::unique_ptr<TransactionImporter> m_importer;
  const std::unique_ptr<Upkeep> m_upkeep;
  const Act m_act;
};

/// Only looks what is there.
class DryTarget final : public Target {
 public:
  explicit DryTarget(TransactionStore& store) : m_browser(store.open_browser()) {}

  std::vector<IntakeResult> add(const std::vector<PastTransaction>& transactions) override {
    std::vector<IntakeResult> results;
    std::transform(transactions.begin(), transactions.end(), std::back_inserter(results),
                   [this](const PastTransaction& past) { return result_of(past.transaction); });
    return results;
  }

 private:
  IntakeResult result_of(const Transaction& transaction) {
    if (const auto found = m_browser->find(k_default_source, transaction.transaction_id())) {
      return found->stored.transaction == transaction ? IntakeResult::DUPLICATE
                                                      : IntakeResult::CONFLICT;
    }
    return m_browser->was_pruned(k_default_source, transaction.transaction_id())
               ? IntakeResult::DUPLICATE
               : IntakeResult::CREATED;
  }

  const std::unique_ptr<TransactionBrowser> m_browser;
};

FlaskRules rules_of(const Config& config, Timestamp now) {
  const auto source = find_source(config, k_default_source);
  return {config.currencies, source != nullptr ? source->delay : Source().delay,
          config.handlers.of(k_default_source)->in_order, now};
}

void add_some(Target& target, const std::vector<Candidate>& some, Report& report) {
  std::vector<PastTransaction> transactions;
  std::transform(some.begin(), some.end(), std::back_inserter(transactions),
                 [](const Candidate& each) { return each.transaction; });
  const std::vector<IntakeResult> results = target.add(transactions);
  for (std::size_t i = 0; i < some.size(); ++i) {
    report.stored(some[i], results[i]);
  }
}

void add_all(FlaskDatabase& database, const FlaskRules& rules, Target& target, Report& report) {
  Progress progress("importing");
  std::vector<Candidate> some;
  for (auto row = database.next(); row; row = database.next()) {
    FromFlask converted = from_flask(*row, rules);
    if (!converted.transaction) {
      report.unusable(*row, converted.remarks);
      continue;
    }
    some.push_back({row->id, *std::move(converted.transaction), std::move(converted.remarks)});
    if (some.size() == k_at_once) {
      add_some(target, some, report);
      some.clear();
      progress.show(static_cast<std::uint64_t>(row->id),
                    static_cast<std::uint64_t>(database.last_id()));
    }
  }
  add_some(target, some, report);
}

int import_all(const Options& options, Context& context) {
  if (options.why.empty() && !options.dry_run) {
    throw ProgramError(EX_USAGE, "--why is required, or --dry-run");
  }
  const FlaskRules rules = rules_of(context.config(), context.now());
  // As the one who runs this: opening the store makes root its owner.
  const auto database = context.open_flask_database(options.file);
  TransactionStore& store = context.store(Lifetime::SERVICE);
  const std::unique_ptr<Target> target =
      options.dry_run ? std::unique_ptr<Target>(std::make_unique<DryTarget>(store))
                      : std::make_unique<StoreTarget>(store, context.act(options.why));
  Report report(context.output(), options.dry_run);
  add_all(*database, rules, *target, report);
  report.finish();
  context.output().say(report.summary());
  return report.is_complete() ? EX_OK : k_some_were_left_out;
}

}  // namespace

void add_import(const Command& program) {
  const Command command =
      program.add("import", "Take over the transactions of the Flask app that payhook replaces");
  const auto options = std::make_shared<Options>();
  command.option("FILE", options->file, "Its SQLite database, once the app is stopped").required();
  command.flag("--dry-run", options->dry_run, "Only tell what would become of them");
  command.option("--why TEXT", options->why, "What is recorded as the reason");
  command.example(R"(payhookctl import /srv/app/instance/db.sqlite --why "the app is replaced")");
  command.runs([options](Context& context) { return import_all(*options, context); });
}

}  // namespace payhook
