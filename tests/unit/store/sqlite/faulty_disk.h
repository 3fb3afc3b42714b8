#pragma once

#include <atomic>
#include <string>

namespace payhook::test {

/// A disk that fails when it is told to: SQLite's own file system with faults put in between, for
/// every database that is opened while it exists. Only one may exist, and it outlives its
/// databases.
class FaultyDisk {
 public:
  FaultyDisk();
  ~FaultyDisk();
  FaultyDisk(const FaultyDisk&) = delete;
  FaultyDisk& operator=(const FaultyDisk&) = delete;

  /// From now on: after so many more writes to files whose names end so, the disk is full.
  void fill_after(int writes, const std::string& name_end = "");
  /// From now on, syncs of files whose names end so fail.
  void fail_syncs(const std::string& name_end);
  /// From now on, reading files whose names end so fails in the operating system, with EIO.
  void fail_reads(const std::string& name_end);
  /// No more faults.
  void mend();

  /// Whether a fault has happened since the last order.
  bool failed() const;
};

}  // namespace payhook::test
