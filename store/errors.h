#pragma once

#include <stdexcept>

#include "core/program_error.h"

namespace payhook {

/// The store could not do it now: the disk is full, another program keeps the database busy, or the
/// connection to it was lost. Nothing was done. Worth another try.
class StoreUnavailable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// It took too long: another program keeps the store busy. That passes by itself.
class StoreTimeout : public StoreUnavailable {
 public:
  using StoreUnavailable::StoreUnavailable;
};

/// Whether it was done is unknown: the connection was lost while the store was at it. Worth another
/// try, which does no harm if it was.
class StoreOutcomeUnknown : public StoreUnavailable {
 public:
  using StoreUnavailable::StoreUnavailable;
};

/// One thing could not be done: a place of the disk cannot be read, or what was to be written
/// breaks a rule of the schema. The next one may go well.
class StoreRefused : public StoreUnavailable {
 public:
  using StoreUnavailable::StoreUnavailable;
};

/// What happened to the last write is unknown and cannot be found out (a sync failed), or the store
/// is damaged. Nothing more may be written through it: the program must end, and start again from
/// the disk.
class StoreBroken : public ProgramError {
 public:
  using ProgramError::ProgramError;
};

/// The database is damaged in one place. What does not need that place can still be done.
class StoreDamaged : public StoreBroken {
 public:
  using StoreBroken::StoreBroken;
};

}  // namespace payhook
