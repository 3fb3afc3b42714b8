#pragma once

#include <string>
#include <vector>

#include "ctl/output.h"

namespace payhook {

/// A table of which nobody knows how long it becomes: it is written in pieces, so that memory stays
/// bounded. For one thread.
class LongTable {
 public:
  /// `output` is not owned.
  explicit LongTable(Output& output) : m_output(output) {}

  /// Throws std::system_error where it cannot be written, as finish() does.
  void add(Record record);

  /// Writes what is left.
  void finish();

 private:
  static constexpr std::size_t k_most_in_a_piece = 1000;

  Output& m_output;
  std::vector<Record> m_records;
};

}  // namespace payhook
