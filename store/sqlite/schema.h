#pragma once

namespace payhook {

/// Marks a SQLite file as payhook's, in PRAGMA application_id: "PayH".
inline constexpr int k_application_id = 0x50617948;

/// The schema's version, PRAGMA user_version: its major version times 1000, plus its step.
inline constexpr int k_schema_version = 2001;
inline constexpr int k_schema_major = k_schema_version / 1000;

/// The statements that make an empty database one of version 2001; from schema/2001.sql.
extern const char* const k_schema_2001;

}  // namespace payhook
