#pragma once

#include <chrono>
#include <filesystem>
#include <utility>

#include "store/sqlite/background_checkpoints.h"
#include "store/sqlite/last_opening.h"
#include "store/sqlite/recent_ids.h"
#include "store/transaction_store.h"

namespace payhook {

/// What the sessions of one program share. It must outlive them. Any thread may use it.
struct SharedState {
  SharedState(std::filesystem::path a_database, Lifetime a_lifetime, RowId rows,
              std::chrono::milliseconds without_a_commit = std::chrono::milliseconds{0})
      : database(std::move(a_database)),
        lifetime(a_lifetime),
        rows_in_an_index_run(rows),
        idle_after(without_a_commit) {}

  const std::filesystem::path database;
  const Lifetime lifetime;
  const RowId rows_in_an_index_run;            ///< how many ids enter the table id_index at a time
  const std::chrono::milliseconds idle_after;  ///< the last commit
  LastOpening last_opening;
  RecentIds recent;
  BackgroundCheckpoints checkpoints{database};
};

}  // namespace payhook
