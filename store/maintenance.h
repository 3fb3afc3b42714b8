#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/timestamp.h"
#include "store/errors.h"

namespace payhook {

/// Hears how far long work is: what is being done, as "copying", and so many units of all; 0 of all
/// where nobody knows how many there will be.
using OnProgress =
    std::function<void(std::string_view doing, std::uint64_t done, std::uint64_t all)>;

/// What a backup was found to hold.
struct BackupContents {
  std::int64_t transactions = 0;
  std::int64_t processing = 0;  ///< of them
  std::int64_t processed = 0;
  std::int64_t failed = 0;
  std::int64_t newest_number = 0;              ///< the store's own, as BrowsedTransaction's
  std::optional<Timestamp> newest_created_at;  ///< absent where there is no transaction
};

/// What a restore came to.
struct Restored {
  BackupContents contents;
  std::optional<std::filesystem::path> aside;  ///< where the store lies that was there before
  std::string owner;                           ///< the user to whom the store belongs now
};

/// Something that is wrong in a store, and what to do about it.
struct StoreFlaw {
  std::string what;
  std::string remedy;
};
using OnFlaw = std::function<void(const StoreFlaw&)>;

/// What operators do with a store as a whole. Root acts as the owner of what he reads and writes:
/// of the store, and of the directory of a backup. For a process of one thread.
class StoreMaintenance {
 public:
  virtual ~StoreMaintenance() = default;

  /// What happens to a file that is there already.
  enum class Existing : std::uint8_t { KEEP, REPLACE };

  /// Writes what the store holds when it is called to a file, with mode 0600, while others read and
  /// write the store. The file gets its name once all of it is on the disk and has been verified.
  /// Throws ProgramError, std::system_error, StoreUnavailable or StoreBroken; then it is as if
  /// nothing had been done.
  virtual BackupContents back_up(const std::filesystem::path& file, Existing existing,
                                 const OnProgress& on_progress) = 0;

  /// Puts what a backup holds in the place of the store, which is kept aside. The backup is copied
  /// and verified first. Throws as back_up() does, and ProgramError (EX_UNAVAILABLE) while any
  /// program has the store open; then the store is as it was.
  virtual Restored restore(const std::filesystem::path& backup, Timestamp now,
                           const OnProgress& on_progress) = 0;

  /// Does all of a restore but putting it in place. Throws as back_up() does.
  virtual BackupContents drill(const std::filesystem::path& backup,
                               const OnProgress& on_progress) = 0;

  /// QUICK leaves out what an engine can look at only in one piece, however large it is.
  enum class Depth : std::uint8_t { QUICK, FULL };

  /// Looks whether all that the store holds is whole and as payhook writes it, while others read
  /// and write it, and tells of what is not. Returns how many transactions there are. Throws
  /// ProgramError, StoreUnavailable or StoreBroken where it cannot be looked at.
  virtual std::int64_t check(Depth depth, const OnFlaw& on_flaw, const OnProgress& on_progress) = 0;
};

}  // namespace payhook
