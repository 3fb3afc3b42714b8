#pragma once

#include "store/sqlite/connection.h"
#include "store/sqlite/id_hash.h"
#include "store/sqlite/recent_ids.h"

namespace payhook {

/// The one row of the table id_index_state. It also tells when the database was replaced under us:
/// the SQL shell's .restore writes another's pages into it, and counts that as a change of the
/// schema. For one thread.
class IdIndexState {
 public:
  /// `connection` is not owned.
  explicit IdIndexState(SqliteConnection& connection);

  /// The row up to which id_index has them all, read anew.
  RowId indexed_until();

  /// A number that has grown if the database was replaced, or its schema changed, before
  /// indexed_until() was called last.
  int replacements() const noexcept { return m_indexed_until.repreparations(); }

  /// The hash with this database's key.
  IdHash hash();

 private:
  SqliteStatement m_indexed_until;
  SqliteStatement m_key;
};

}  // namespace payhook
