#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <vector>

#include "store/sqlite/id_index.h"
#include "store/sqlite/writer.h"

namespace payhook {

/// Brings the ids of recent rows into the table id_index, a run of rows at a time, in the order of
/// their hashes: many of them share a page, where one at a time each would change a page of its
/// own. A run takes many short steps. A crash between two repeats the run, which does no harm. Rows
/// with equal hashes are compared, so that an id that stands twice becomes an alarm in the log. For
/// one thread.
class IdIndexer {
 public:
  /// The longer a run, the fewer pages are written for an id, and the more memory everyone needs
  /// who looks the recent ones up: 11 to 22 bytes for each.
  static constexpr RowId k_rows_in_a_run = 262'144;

  /// For a program that lives for one request: it has to do a whole run, and reads the ids of twice
  /// that many rows when it starts.
  static constexpr RowId k_rows_in_a_short_run = 8'192;

  /// `writer` is not owned.
  IdIndexer(Writer& writer, RowId rows_in_a_run);

  /// Does a few milliseconds' work. Returns false when there are too few rows for a run, or none
  /// can be indexed because a place of the database is damaged or cannot be read, of which the log
  /// tells: it is tried again a minute later. Throws as WebhookIntake::store() does; a step that
  /// failed is repeated by the next call.
  bool step(Deadline deadline);

  /// The same towards an index that has the row `until` and all before it, however few they are:
  /// for one who is to delete them. Returns whether it has not yet. Throws also what step() logs.
  bool step_until(RowId until, Deadline deadline);

 private:
  struct Entry {
    std::int64_t hash;
    RowId row;
  };

  bool do_step(Deadline deadline);
  void pause(const std::exception& why);
  bool run_is_due();
  void begin_run(RowId end);
  void collect();
  void insert(Deadline deadline);
  bool is_still_mine();
  void enter(const Entry& entry);
  void tell_of_doubles(const Entry& entry);
  bool have_one_id(RowId row, RowId other);
  RowId newest();

  Writer& m_writer;
  const RowId m_rows_in_a_run;
  IdIndexState m_state;
  int m_replacements;
  IdHash m_hash;
  SqliteStatement m_newest;
  SqliteStatement m_rows_between;
  SqliteStatement m_rows_of_hash;
  SqliteStatement m_have_one_id;
  SqliteStatement m_insert;
  SqliteStatement m_set_indexed_until;

  enum class Phase { WAITING, COLLECTING, INSERTING } m_phase = Phase::WAITING;
  RowId m_begin = 0;  // the run is of the rows after this one,
  RowId m_end = 0;    // up to this one
  RowId m_collected_until = 0;
  std::vector<Entry> m_run;
  std::size_t m_inserted = 0;
  std::chrono::steady_clock::time_point m_again;  // after damage
};

}  // namespace payhook
