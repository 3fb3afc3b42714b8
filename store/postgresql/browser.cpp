#include "store/postgresql/browser.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "store/postgresql/parameters.h"
#include "store/postgresql/stored_attempts.h"
#include "store/postgresql/stored_transaction.h"

namespace payhook::postgresql {

namespace {

// Of one status: each is fetched by itself.
constexpr std::int64_t k_few = 10'000;

// How many of few are looked at in one call: they stand far apart, so that each may be a page that
// the disk has to be asked for.
constexpr std::int64_t k_most_scattered = 2'000;

// What is committed later has come later, but for as long as a webhook waits at most, and as far as
// the clocks of several hosts differ.
constexpr std::chrono::seconds k_disorder{10};

// The range is fenced off by OFFSET 0, so that no plan goes through rows outside of it.
constexpr auto k_list = R"sql(
  SELECT id, source, {columns}, due_at, remote_address
  FROM (SELECT * FROM transactions WHERE id >= $1::bigint AND id < $2::bigint
        ORDER BY id {order} OFFSET 0) AS looked_at
  WHERE {fits}
  ORDER BY id {order} LIMIT $4::bigint
)sql";

constexpr auto k_few_with_status = R"sql(
  few AS MATERIALIZED (
    (SELECT id FROM transactions WHERE status = 'PROCESSING' AND $3::text = 'PROCESSING'
     ORDER BY source, due_at, id LIMIT {most} + 1)
    UNION ALL
    (SELECT id FROM transactions WHERE status = 'FAILED' AND $3::text = 'FAILED'
     ORDER BY processed_at, id LIMIT {most} + 1)),
  in_range AS MATERIALIZED (
    SELECT id FROM few WHERE id >= $1::bigint AND id < $2::bigint),
  looked_at AS MATERIALIZED (SELECT id FROM in_range ORDER BY id DESC LIMIT {most_scattered})
)sql";

constexpr auto k_list_few = R"sql(
  WITH {few}
  SELECT id, source, {columns}, due_at, remote_address
  FROM looked_at JOIN transactions USING (id)
  WHERE {fits} AND (SELECT count(*) FROM few) <= {most}
  ORDER BY id DESC LIMIT $4::bigint
)sql";

constexpr auto k_few_extent = R"sql(
  WITH {few}
  SELECT (SELECT count(*) FROM few) <= {most}, (SELECT min(id) FROM in_range),
         (SELECT min(id) FROM looked_at)
)sql";

constexpr auto k_fits = R"sql(
        ($5::text IS NULL OR source = $5::text)
    AND ($3::text IS NULL OR status = $3::text)
    AND ($6::text IS NULL OR source_account = $6::text OR destination_account = $6::text)
    AND ($7::text IS NULL OR currency = $7::text)
    AND ($8::timestamptz IS NULL OR created_at >= $8::timestamptz)
    AND ($9::timestamptz IS NULL OR created_at < $9::timestamptz)
    AND ($10::bigint IS NULL OR amount_minor >= $10::bigint)
    AND ($11::bigint IS NULL OR amount_minor <= $11::bigint)
)sql";

constexpr auto k_find = R"sql(
  SELECT id, source, {}, due_at, remote_address
  FROM transactions WHERE source = $1::text AND transaction_id = $2::text
)sql";

constexpr auto k_attempts = R"sql(
  SELECT {} FROM attempts WHERE transaction_row = $1::bigint AND number < $2::bigint
  ORDER BY number DESC LIMIT $3::bigint
)sql";

/// Statements that have the same parts.
struct Queries {
  static const Queries& all() {
    static const Queries queries;
    return queries;
  }

  const std::string few = fmt::format(k_few_with_status, fmt::arg("most", k_few),
                                      fmt::arg("most_scattered", k_most_scattered));
  const std::string list_few =
      fmt::format(k_list_few, fmt::arg("few", few), fmt::arg("columns", k_stored_columns),
                  fmt::arg("fits", k_fits), fmt::arg("most", k_few));
  const std::string few_extent =
      fmt::format(k_few_extent, fmt::arg("few", few), fmt::arg("most", k_few));
  const std::string list = listing("DESC");
  const std::string list_newer = listing("ASC");
  const std::string find = fmt::format(k_find, k_stored_columns);
  const std::string attempts = fmt::format(k_attempts, k_attempt_columns);

 private:
  static std::string listing(const char* order) {
    return fmt::format(k_list, fmt::arg("columns", k_stored_columns), fmt::arg("fits", k_fits),
                       fmt::arg("order", order));
  }
};

constexpr Statement k_extent{"payhook_extent", R"sql(
  SELECT (SELECT min(id) FROM transactions WHERE id >= $1::bigint),
         (SELECT min(id) FROM transactions
          WHERE id >= greatest($1::bigint, newest - $3::bigint + 1)),
         newest
  FROM (SELECT max(id) AS newest FROM transactions
        WHERE id >= $1::bigint AND id < $2::bigint) AS found
)sql"};

constexpr Statement k_range{"payhook_range", R"sql(
  SELECT CASE WHEN NOT EXISTS (SELECT FROM late_rows WHERE until_time >= $1::timestamptz)
              THEN first_since($1::timestamptz) END,
         first_since($2::timestamptz)
)sql"};

// The number up to which nothing is on its way any more. Whoever draws numbers announces it first,
// by a lock that has the last 31 bits of the number before them; they are looked at after the
// newest that is there, and before those that are listed.
constexpr Statement k_settled{"payhook_settled", R"sql(
  SELECT least(newest, newest + (
    SELECT min(mod(mod(objid::bigint - newest, 2147483648) + 3221225472, 2147483648) - 1073741824)
    FROM pg_locks
    WHERE locktype = 'advisory' AND classid = 1348565321 AND objsubid = 2
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())))
  FROM (SELECT coalesce(max(id), 0) AS newest FROM transactions) AS there
)sql"};

constexpr Statement k_was_pruned{"payhook_was_pruned", R"sql(
  SELECT EXISTS (SELECT FROM pruned_ids WHERE source = $1::text AND transaction_id = $2::text)
)sql"};

constexpr Statement k_webhook{"payhook_webhook",
                              "SELECT body, headers FROM transactions WHERE id = $1::bigint"};

bool can_fit_any(const BrowseFilter& filter) {
  const auto is_fit = [](const std::optional<std::string>& text) {
    return !text || is_storable(*text);
  };
  return is_fit(filter.source) && is_fit(filter.status) && is_fit(filter.account) &&
         is_fit(filter.currency);
}

/// Those that every list has.
Parameters listed(std::int64_t first, std::int64_t end, std::size_t limit,
                  const BrowseFilter& filter) {
  Parameters parameters;
  const auto add = [&parameters](const auto& part) {
    if (part) {
      parameters.add(*part);
    } else {
      parameters.add_null();
    }
  };
  parameters.add(first).add(end);
  add(filter.status);
  parameters.add(static_cast<std::int64_t>(limit));
  add(filter.source);
  add(filter.account);
  add(filter.currency);
  add(filter.since);
  add(filter.before);
  add(filter.min_minor);
  add(filter.max_minor);
  return parameters;
}

std::vector<BrowsedTransaction> rows_of(const Result& result) {
  std::vector<BrowsedTransaction> rows;
  for (std::size_t row = 0; row < result.rows(); ++row) {
    try {
      rows.push_back(browsed_transaction(result, row));
    } catch (const std::invalid_argument& e) {
      throw StoreUnavailable(
          fmt::format("row {} of the table transactions, which payhook cannot have written: {}",
                      result.number(row, 0), e.what()));
    }
  }
  return rows;
}

/// Where it is full there may be more before its end.
std::int64_t last_looked_at(const BrowsePage& page, std::size_t limit, std::int64_t end) {
  const bool is_full = page.transactions.size() == limit && limit > 0;
  return is_full ? page.transactions.back().number : end;
}

}  // namespace

Browser::Browser(const std::string& conninfo, Session::Begin begin) : m_session(conninfo, begin) {}

BrowsePage Browser::list(const BrowseFilter& filter, std::optional<std::int64_t> before,
                         std::size_t limit) {
  if (!can_fit_any(filter)) {
    return {};
  }
  const Range range = range_of(filter, before);
  if (filter.status == "PROCESSING" || filter.status == "FAILED") {
    if (auto page = list_few(filter, range, limit)) {
      return *std::move(page);
    }
  }
  return list_all(filter, range, limit);
}

BrowsePage Browser::list_newer(const BrowseFilter& filter, std::int64_t after, std::size_t limit) {
  BrowsePage page{{}, after};
  if (!can_fit_any(filter)) {
    return page;
  }
  Range range = range_of(filter, std::nullopt);
  range.first = std::max(after + 1, range.first);
  range.end = std::min(range.end, m_session.read(k_settled).number(0, 0) + 1);
  if (const auto extent = extent_of(range)) {
    const std::int64_t last = std::min(extent->newest, extent->oldest + k_most_looked_at - 1);
    page.transactions =
        rows_of(m_session.read({"payhook_list_newer", Queries::all().list_newer.c_str()},
                               listed(extent->oldest, last + 1, limit, filter)));
    page.next = last_looked_at(page, limit, last);
  }
  return page;
}

Browser::Range Browser::range_of(const BrowseFilter& filter, std::optional<std::int64_t> before) {
  Range range{std::numeric_limits<std::int64_t>::min(),
              before.value_or(std::numeric_limits<std::int64_t>::max())};
  if (filter.since || filter.before) {
    Parameters times;
    for (const auto& [time, disorder] :
         {std::pair(filter.since, -k_disorder), std::pair(filter.before, k_disorder)}) {
      time ? times.add(*time + disorder) : times.add_null();
    }
    const Result found = m_session.read(k_range, times);
    if (!found.is_null(0, 0)) {
      range.first = found.number(0, 0);
    }
    if (!found.is_null(0, 1)) {
      range.end = std::min(range.end, found.number(0, 1));
    }
  }
  return range;
}

/// Nothing where there are none.
std::optional<Browser::Extent> Browser::extent_of(Range range) {
  const Result found =
      m_session.read(k_extent, Parameters().add(range.first).add(range.end).add(k_most_looked_at));
  return found.is_null(0, 2)
             ? std::nullopt
             : std::optional(Extent{found.number(0, 0), found.number(0, 1), found.number(0, 2)});
}

BrowsePage Browser::list_all(const BrowseFilter& filter, Range range, std::size_t limit) {
  BrowsePage page;
  if (const auto extent = extent_of(range)) {
    page.transactions = rows_of(
        m_session.read({"payhook_list", Queries::all().list.c_str()},
                       listed(extent->oldest_looked_at, extent->newest + 1, limit, filter)));
    const std::int64_t last = last_looked_at(page, limit, extent->oldest_looked_at);
    if (last > extent->oldest) {
      page.next = last;
    }
  }
  return page;
}

/// Those of a status that has an index, unless they are many.
std::optional<BrowsePage> Browser::list_few(const BrowseFilter& filter, Range range,
                                            std::size_t limit) {
  const Result extent =
      m_session.read({"payhook_few_extent", Queries::all().few_extent.c_str()},
                     Parameters().add(range.first).add(range.end).add(*filter.status));
  if (!extent.yes(0, 0)) {
    return std::nullopt;
  }
  BrowsePage page;
  if (!extent.is_null(0, 1)) {
    page.transactions =
        rows_of(m_session.read({"payhook_list_few", Queries::all().list_few.c_str()},
                               listed(range.first, range.end, limit, filter)));
    const std::int64_t last = last_looked_at(page, limit, extent.number(0, 2));
    if (last > extent.number(0, 1)) {
      page.next = last;
    }
  }
  return page;
}

std::optional<BrowsedTransaction> Browser::find(std::string_view source,
                                                std::string_view transaction_id) {
  if (!is_storable(source) || !is_storable(transaction_id)) {
    return std::nullopt;
  }
  auto found = rows_of(m_session.read({"payhook_find_browsed", Queries::all().find.c_str()},
                                      Parameters().add(source).add(transaction_id)));
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

bool Browser::was_pruned(std::string_view source, std::string_view transaction_id) {
  return is_storable(source) && is_storable(transaction_id) &&
         m_session.read(k_was_pruned, Parameters().add(source).add(transaction_id)).yes(0, 0);
}

StoredWebhook Browser::webhook(std::int64_t number) {
  const Result found = m_session.read(k_webhook, Parameters().add(number));
  return found.rows() == 0 ? StoredWebhook()
                           : StoredWebhook{found.string(0, 0), found.string(0, 1)};
}

std::vector<Attempt> Browser::attempts(std::int64_t number, std::optional<std::int64_t> before,
                                       std::size_t limit) {
  const Result found =
      m_session.read({"payhook_newest_attempts", Queries::all().attempts.c_str()},
                     Parameters()
                         .add(number)
                         .add(before.value_or(std::numeric_limits<std::int64_t>::max()))
                         .add(static_cast<std::int64_t>(limit)));
  std::vector<Attempt> attempts;
  for (std::size_t row = 0; row < found.rows(); ++row) {
    attempts.push_back(stored_attempt(found, row, 0));
  }
  return attempts;
}

}  // namespace payhook::postgresql
