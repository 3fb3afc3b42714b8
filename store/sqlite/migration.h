#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace payhook {

class SqliteConnection;

enum class MissingSchema : std::uint8_t { CREATE, REFUSE };

/// Throws ProgramError (EX_CONFIG) for a database of this version, called `name`, of which this
/// release does not know what it means.
void require_known_version(std::int64_t version, const std::string& name);

/// Brings the schema of the database, which is at `file`, to the version of this program. To be
/// called in the turn. Throws ProgramError for a version that it does not know, and for an empty
/// database that it is not to fill.
void migrate(SqliteConnection& connection, const std::filesystem::path& file,
             MissingSchema missing);

}  // namespace payhook
