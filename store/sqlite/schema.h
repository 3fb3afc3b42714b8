#pragma once

#include <array>

namespace payhook {

/// Marks a SQLite file as payhook's, in PRAGMA application_id: "PayH".
inline constexpr int k_application_id = 0x50617948;

/// A step of the schema, from schema/: statements that bring a database of the version before it,
/// or an empty one for the first, to its own. The version, PRAGMA user_version, is the major
/// version times 1000, plus the step.
struct SchemaStep {
  int version;
  const char* sql;
};
extern const std::array<SchemaStep, 7> k_schema_steps;

inline constexpr int k_schema_version = 3007;
inline constexpr int k_schema_major = k_schema_version / 1000;

}  // namespace payhook
