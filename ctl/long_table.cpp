#include "ctl/long_table.h"

#include <utility>

namespace payhook {

void LongTable::add(Record record) {
  m_records.push_back(std::move(record));
  if (m_records.size() == k_most_in_a_piece) {
    finish();
  }
}

void LongTable::finish() {
  m_output.more_of_table(m_records);
  m_records.clear();
}

}  // namespace payhook
