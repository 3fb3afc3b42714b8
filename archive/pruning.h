#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "archive/archive_file.h"
#include "store/retention.h"

namespace payhook {

/// What is to be pruned, where it is archived before, and by whom and why.
struct PrunePlan {
  FinishedFilter which;
  std::filesystem::path archive;  ///< a directory
  Act act;
};

/// Prunes transactions that are over. A run of them is written into a file of the archive; once
/// that is on disk, they are forgotten, a few at a time. Killed in between, some of them are
/// archived once more by the next one, and none is lost. For one thread.
class Pruning {
 public:
  /// `retention` must outlive it.
  Pruning(Retention& retention, PrunePlan plan);

  /// Does a few milliseconds' work, but for the sync of a file at its end. Returns whether there is
  /// more to do. Throws StoreUnavailable (a later step goes on) or StoreBroken, and, when the
  /// archive cannot be written, std::system_error: then it is to be begun anew.
  bool step(Deadline deadline);

  const FinishedFilter& which() const noexcept { return m_plan.which; }

  /// How many it has archived and how many of them it has forgotten.
  std::uint64_t archived() const noexcept { return m_archived; }
  std::uint64_t pruned() const noexcept { return m_pruned; }

  /// A file has no more, so that what a crash has archived twice is little.
  static constexpr std::size_t k_most_in_a_file = 65'536;
  static constexpr std::size_t k_most_bytes_in_a_file = std::size_t{256} << 20;

 private:
  void archive_some();
  void add(const FinishedTransaction& transaction);
  void finish_file();
  void prune_some(Deadline deadline);

  Retention& m_retention;
  const PrunePlan m_plan;
  std::optional<ArchiveDirectory> m_directory;  // once there is something to archive

  enum class Phase { ARCHIVING, PRUNING, DONE } m_phase = Phase::ARCHIVING;
  std::optional<std::int64_t> m_next;
  bool m_is_last = false;  // of the runs
  std::unique_ptr<ArchiveFile> m_file;
  std::size_t m_bytes = 0;
  std::string m_first_day;
  std::vector<FinishedState> m_run;
  std::size_t m_seen_to = 0;  // of the run
  std::optional<Act> m_act;   // until it is recorded
  std::uint64_t m_archived = 0;
  std::uint64_t m_pruned = 0;
};

}  // namespace payhook
