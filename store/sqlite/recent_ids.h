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

  /// The newest row, and in which beginning it is: what was seen in an earlier one tells nothing
  /// about the rows of a later one.
  struct Place {
    RowId row = 0;
    std::uint64_t beginning = 0;
  };

  Place last() const;
  std::size_t size() const;

  /// Adds the row that comes next after `previous`, which must be last(): otherwise rows between
  /// them could be missed. Returns whether it is known now, also when it was before. Throws
  /// std::length_error when it is more than 2^32 rows away from those that id_index has.
  [[nodiscard]] bool add(Place previous, std::uint64_t hash, RowId row);

  /// The rows that may have this hash.
  std::vector<RowId> find(std::uint64_t hash) const;

  /// Forgets the rows up to this one, which id_index has. last() is never before it. Does nothing
  /// when it has begun anew since `seen`.
  void forget_until(RowId row, Place seen);

  /// Forgets all: the database has other rows now. id_index has those up to this one, which becomes
  /// last() and is returned.
  Place begin_anew(RowId row);

 private:
  /// Open addressing with linear probing. Half of the hash is enough: a row that has the same half
  /// by chance is looked at in vain, once in thousands of times.
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t row = 0;  // counted from m_forgotten_until; 0 marks a free slot
  };

  void place(std::uint32_t hash, RowId row);
  void rebuild(std::size_t slots, RowId after);

  mutable std::mutex m_mutex;
  std::vector<Slot> m_slots;  // their number is a power of two
  std::size_t m_used = 0;
  RowId m_forgotten_until = 0;
  Place m_last;
};

}  // namespace payhook
