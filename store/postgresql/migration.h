#pragma once

#include "store/postgresql/connection.h"

namespace payhook::postgresql {

/// What happens to a database without payhook's tables.
enum class MissingSchema { CREATE, REFUSE };

/// Brings the schema up to date where it is not, however long that takes, while others who would do
/// the same wait. That it is up to date is known by `deadline`. Throws ProgramError, saying what to
/// do, where it is none or of another major version, and StoreUnavailable.
void migrate(Connection& connection, MissingSchema missing, Deadline deadline);

}  // namespace payhook::postgresql
