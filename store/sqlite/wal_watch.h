#pragma once

namespace payhook {

/// Tells in the log that the WAL has grown far beyond what checkpoints let come together, which is
/// so while somebody goes on reading an old state of the database; and when that is over.
class WalWatch {
 public:
  /// The first line comes at 96 MiB: 32 before a checkpoint is due at the latest, and 64 more. It
  /// is repeated after each further 64.
  static constexpr int k_pages = 24'576;
  static constexpr int k_more_pages = 16'384;

  /// To be called after each commit, with the length of the WAL in pages of 4 KiB.
  void look(int pages);

 private:
  int m_next = k_pages;
};

}  // namespace payhook
