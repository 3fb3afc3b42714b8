#include "store/postgresql/outcome_counters.h"

namespace payhook::postgresql {

namespace {

// The last one to write says when it was, even where it is earlier: a clock that was set back must
// not have a source look alive until it has caught up.
constexpr Statement k_count{"payhook_count", R"sql(
  WITH counted AS (
    SELECT source, outcome, minute, count, last_at, place, pg_backend_pid() % 32 AS share
    FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::bigint[], $5::timestamptz[])
         WITH ORDINALITY AS line (source, outcome, minute, count, last_at, place)),
  by_minute AS (
    INSERT INTO outcomes_by_minute AS held (minute, source, outcome, share, count)
    SELECT minute, source, outcome, share, count FROM counted ORDER BY minute, source, outcome
    ON CONFLICT (minute, source, outcome, share)
    DO UPDATE SET count = held.count + excluded.count)
  INSERT INTO outcomes AS held (source, outcome, share, count, last_at)
  SELECT source, outcome, share, sum(count)::bigint, (array_agg(last_at ORDER BY place DESC))[1]
  FROM counted GROUP BY source, outcome, share ORDER BY source, outcome
  ON CONFLICT (source, outcome, share)
  DO UPDATE SET count = held.count + excluded.count, last_at = excluded.last_at
)sql"};

constexpr Statement k_count_lag{"payhook_count_lag", R"sql(
  INSERT INTO processing_lag AS held (bucket, share, count, milliseconds)
  SELECT bucket, pg_backend_pid() % 32, count, milliseconds
  FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS line (bucket, count, milliseconds)
  ORDER BY bucket
  ON CONFLICT (bucket, share)
  DO UPDATE SET count = held.count + excluded.count,
                milliseconds = held.milliseconds + excluded.milliseconds
)sql"};

void add_lines(ScopedTransaction& transaction, const OutcomeTally& tally) {
  Array sources;
  Array outcomes;
  Array minutes;
  Array counts;
  Array last;
  for (const OutcomeTally::Line& line : tally.lines()) {
    sources.add(line.source);
    outcomes.add(line.outcome);
    minutes.add(Timestamp(line.minute));
    counts.add(line.count);
    last.add(line.last_at);
  }
  transaction.add(k_count,
                  Parameters().add(sources).add(outcomes).add(minutes).add(counts).add(last));
}

void add_lag(ScopedTransaction& transaction, const ProcessingLag& lag) {
  Array numbers;
  Array counts;
  Array sums;
  bool is_any = false;
  std::int64_t number = 0;
  for (const ProcessingLag::Bucket& bucket : lag.buckets()) {
    if (bucket.count > 0) {
      is_any = true;
      numbers.add(number);
      counts.add(bucket.count);
      sums.add(std::int64_t{bucket.sum.count()});
    }
    ++number;
  }
  if (is_any) {
    transaction.add(k_count_lag, Parameters().add(numbers).add(counts).add(sums));
  }
}

}  // namespace

void add_to_counters(ScopedTransaction& transaction, const OutcomeTally& tally) {
  if (!tally.lines().empty()) {
    add_lines(transaction, tally);
  }
  add_lag(transaction, tally.lag());
}

}  // namespace payhook::postgresql
