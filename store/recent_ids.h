#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

namespace payhook {

/// The key of a row in the table transactions. Later rows have larger ones.
using RowId = std::int64_t;

/// Which of the newest rows may have a transaction id, by the id's hash: those that the table
/// id_index does not hold yet. It holds all rows from some point to last(). Thread-safe.
class RecentIds {
 public:
  RecentIds();

  /// The newest row, 0 at first.
  RowId last() const;
  std::size_t size() const;

  /// Adds the row after last(). One that is not newer than last() is known already.
  void add(std::uint64_t hash, RowId row);

  /// The rows with this hash.
  std::vector<RowId> find(std::uint64_t hash) const;

  /// Forgets the rows up to this one, which id_index has. last() is never before it.
  void forget_until(RowId row);

  /// Forgets the rows after this one, which becomes last(): they were not stored after all.
  void forget_after(RowId row);

 private:
  /// Open addressing with linear probing; a row is never 0, so that 0 marks a free slot.
  struct Slot {
    std::uint64_t hash = 0;
    RowId row = 0;
  };

  void place(Slot slot);
  void rebuild(std::size_t slots, RowId after, RowId until);

  mutable std::mutex m_mutex;
  std::vector<Slot> m_slots;  // their number is a power of two
  std::size_t m_used = 0;
  RowId m_forgotten_until = 0;
  RowId m_last = 0;
};

}  // namespace payhook
