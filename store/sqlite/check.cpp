#include "store/sqlite/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <vector>

#include "store/sqlite/backup_contents.h"
#include "store/sqlite/errors.h"
#include "store/sqlite/stored_transaction.h"

namespace payhook {

namespace {

constexpr std::int64_t k_rows_at_once = 5'000;

constexpr RowId k_longest_damage = RowId{1} << 40;

constexpr std::int64_t k_end_of_time = std::numeric_limits<std::int64_t>::max();

constexpr auto k_rows =
    "SELECT id, source, due_at, {} FROM transactions WHERE id > ?1 ORDER BY id LIMIT ?2";
constexpr int k_due_at = 2;
constexpr int k_first_stored_column = 3;

constexpr auto k_has_id =
    "SELECT 1 FROM transactions WHERE id = ?1 AND source = ?2 AND transaction_id = ?3";

constexpr auto k_attempts = R"sql(
  SELECT attempts.transaction_row, attempts.number, transactions.attempts
  FROM attempts LEFT JOIN transactions ON id = transaction_row
  WHERE (transaction_row, number) > (?1, ?2) ORDER BY transaction_row, number LIMIT ?3
)sql";

constexpr auto k_restore =
    "restore the newest backup that is whole, or take out what can be read: docs/backups.md says "
    "how";
constexpr auto k_mend =
    "payhook cannot have written that: mend it while all programs are stopped, or restore a backup";
constexpr auto k_index_anew =
    "stop all programs, run UPDATE id_index_state SET indexed_until = 0 with sqlite3 as the "
    "database's owner, and start them: they enter all ids anew";

/// One state of the database, for several statements.
class ReadTransaction {
 public:
  explicit ReadTransaction(SqliteConnection& connection) : m_connection(connection) {
    m_connection.execute("BEGIN");
  }
  ~ReadTransaction() {
    try {
      m_connection.roll_back();
    } catch (const std::exception&) {
      return;  // an error has ended it already
    }
  }
  ReadTransaction(const ReadTransaction&) = delete;
  ReadTransaction& operator=(const ReadTransaction&) = delete;

 private:
  SqliteConnection& m_connection;
};

/// Does something, and returns why a place of the database could not be read, if that kept it from
/// its end.
template <typename Work>
std::optional<std::string> damage_met_in(const Work& work) {
  try {
    work();
    return std::nullopt;
  } catch (const StoreDamaged&) {
    return "the file is damaged there";
  } catch (const StoreRefused& e) {
    return e.what();
  }
}

std::string significant_digits(std::string digits) {
  std::erase(digits, '.');
  digits.erase(0, digits.find_first_not_of('0'));
  digits.erase(digits.find_last_not_of('0') + 1);
  return digits;
}

/// But for the currency's decimal places, which a setting may have changed since.
bool are_one_sum(const Amount& amount) {
  return significant_digits(amount.decimal()) == significant_digits(std::to_string(amount.minor()));
}

}  // namespace

DatabaseCheck::DatabaseCheck(const std::filesystem::path& database, const OnFlaw& on_flaw,
                             const OnProgress& on_progress)
    : m_connection(database, SqliteConnection::Use::READING),
      m_on_flaw(on_flaw),
      m_on_progress(on_progress),
      m_ids(m_connection, m_recent),
      m_order(m_connection),
      m_rows(m_connection.prepare(fmt::format(k_rows, k_stored_columns))),
      m_has_id(m_connection.prepare(k_has_id)),
      m_attempts(m_connection.prepare(k_attempts)) {}

void DatabaseCheck::check_structure() {
  std::vector<std::string> tables{"sqlite_schema"};
  {
    SqliteStatement names =
        m_connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name");
    while (names.step()) {
      tables.emplace_back(names.text(0));
    }
  }
  for (std::size_t i = 0; i < tables.size(); ++i) {
    m_on_progress("checking tables", i, tables.size());
    check_table(tables[i]);
  }
}

/// The first thing that is wrong with it: there may be one for each of its rows.
void DatabaseCheck::check_table(const std::string& name) {
  std::string found = "ok";
  const auto damage = damage_met_in([&] {
    SqliteStatement check = m_connection.prepare(fmt::format("PRAGMA integrity_check('{}')", name));
    check.step();
    found = first_line_of_check(check.text(0));
  });
  if (damage || found != "ok") {
    m_on_flaw(
        {fmt::format("the table {} is damaged: {}", name, damage.value_or(found)), k_restore});
  }
}

std::int64_t DatabaseCheck::check_transactions() {
  const RowId newest = newest_row();
  bool more = true;
  while (more) {
    if (const auto damage = damage_met_in([&] { more = check_some_transactions(); })) {
      go_on_after(*damage);
    }
    m_on_progress("checking transactions", static_cast<std::uint64_t>(m_seen_until),
                  static_cast<std::uint64_t>(std::max(newest, m_seen_until)));
  }
  return m_transactions;
}

/// Returns whether there may be more.
bool DatabaseCheck::check_some_transactions() {
  const ReadTransaction one_state(m_connection);
  m_knows_ids = m_knows_ids && knows_newest_ids();
  m_rows.bind(1, m_seen_until);
  m_rows.bind(2, k_rows_at_once);
  const ResetAtEnd reset(m_rows);
  std::int64_t rows = 0;
  for (; m_rows.step(); ++rows) {
    m_looks_at = m_rows.number(0);
    ++m_transactions;
    check_transaction(m_looks_at);
    if (m_knows_ids) {
      check_id(m_looks_at);
    }
    m_seen_until = m_looks_at;
  }
  return rows == k_rows_at_once;
}

/// Of those that are not in the table id_index yet.
bool DatabaseCheck::knows_newest_ids() {
  const auto damage = damage_met_in([&] { m_ids.catch_up(); });
  if (damage) {
    m_on_flaw({"the ids of the newest transactions cannot be read: " + *damage, k_restore});
  }
  return !damage;
}

void DatabaseCheck::check_transaction(RowId row) try {
  const StoredTransaction stored = stored_transaction(m_rows, k_first_stored_column);
  const bool is_processing = stored.status == "PROCESSING";
  if (!is_processing && stored.status != "PROCESSED" && stored.status != "FAILED") {
    report(row, fmt::format("its status is {}", stored.status), k_mend);
  }
  if (!are_one_sum(stored.transaction.amount())) {
    report(row, "its amount and its amount_minor are different sums", k_mend);
  }
  if (is_processing && m_rows.is_null(k_due_at)) {
    report(row, "it is PROCESSING and never due", k_mend);
  }
  if (is_processing && m_rows.number(k_due_at) == k_end_of_time && !m_order.has_to_wait(row)) {
    report(row, "it waits for another transaction of its account, and there is none",
           "restart payhookd, which has it go on");
  }
} catch (const StoreBroken&) {
  throw;
} catch (const StoreUnavailable&) {
  throw;
} catch (const std::exception& e) {
  report(row, e.what(), k_mend);
}

void DatabaseCheck::check_id(RowId row) {
  bool is_found = false;
  auto candidates =
      m_ids.candidates(m_rows.text(1), m_rows.text(k_first_stored_column));  // its transaction_id
  while (const auto other = candidates.next()) {
    if (*other == row) {
      is_found = true;
    } else if (*other < row && has_id_of_row(*other)) {
      report(row, fmt::format("row {} has the same transaction_id", *other),
             "see which of them is right, and delete the other while all programs are stopped");
    }
  }
  if (!is_found) {
    report(row, "it is not found by its transaction_id: sent again, it would be stored again",
           k_index_anew);
  }
}

/// Whether it has the id of the row that is looked at.
bool DatabaseCheck::has_id_of_row(RowId other) {
  m_has_id.bind(1, other);
  m_has_id.bind(2, m_rows.text(1));
  m_has_id.bind(3, m_rows.text(k_first_stored_column));
  const ResetAtEnd reset(m_has_id);
  return m_has_id.step();
}

/// The row itself may be whole, and what belongs to it not.
void DatabaseCheck::go_on_after(const std::string& why) {
  if (m_looks_at > m_seen_until) {
    report(m_looks_at, fmt::format("what belongs to it cannot be read: {}", why), k_restore);
    m_seen_until = m_looks_at;
  } else {
    skip_damage(why);
  }
}

/// Goes on behind what cannot be read: tries further and further, then looks where that ends.
void DatabaseCheck::skip_damage(const std::string& why) {
  const RowId first = m_seen_until + 1;
  RowId step = 1;
  while (step < k_longest_damage && !is_readable_from(first + step)) {
    step *= 2;
  }
  RowId unreadable = first + step / 2;
  RowId readable = first + step;
  while (readable - unreadable > 1) {
    const RowId middle = unreadable + (readable - unreadable) / 2;
    (is_readable_from(middle) ? readable : unreadable) = middle;
  }
  m_on_flaw({fmt::format("transactions with a row number from {} to {} cannot be read: {}", first,
                         readable - 1, why),
             k_restore});
  m_seen_until = readable - 1;
}

bool DatabaseCheck::is_readable_from(RowId row) {
  return !damage_met_in([&] {
    m_rows.bind(1, row - 1);
    m_rows.bind(2, std::int64_t{1});
    const ResetAtEnd reset(m_rows);
    m_rows.step();
  });
}

/// For the progress alone: 0 where that cannot be read.
RowId DatabaseCheck::newest_row() {
  RowId row = 0;
  damage_met_in([&] {
    SqliteStatement newest = m_connection.prepare("SELECT max(id) FROM transactions");
    newest.step();
    row = newest.number(0);
  });
  return row;
}

void DatabaseCheck::check_attempts() {
  RowId row = 0;
  std::int64_t number = 0;
  const auto check_some = [&] {
    m_attempts.bind(1, row);
    m_attempts.bind(2, number);
    m_attempts.bind(3, k_rows_at_once);
    const ResetAtEnd reset(m_attempts);
    std::int64_t attempts = 0;
    for (; m_attempts.step(); ++attempts) {
      row = m_attempts.number(0);
      number = m_attempts.number(1);
      if (m_attempts.is_null(2)) {
        report(row, fmt::format("it is missing, and has an attempt {}", number), k_mend);
      } else if (number < 1 || number > m_attempts.number(2)) {
        report(row, fmt::format("it has an attempt {} of {}", number, m_attempts.number(2)),
               k_mend);
      }
    }
    return attempts == k_rows_at_once;
  };
  const auto damage = damage_met_in([&] {
    while (check_some()) {
    }
  });
  if (damage) {
    m_on_flaw({fmt::format("attempts from that of row {} on cannot be read: {}", row, *damage),
               k_restore});
  }
}

void DatabaseCheck::report(RowId row, std::string_view what, std::string_view remedy) const {
  m_on_flaw({fmt::format("row {} of the table transactions: {}", row, what), std::string(remedy)});
}

}  // namespace payhook
