#pragma once

#include <array>

namespace payhook::postgresql {

/// A step of the schema, from schema/: statements that bring a database of the version before it,
/// or one without payhook's tables for the first, to its own. The version, in the table
/// schema_version, is the major version times 1000, plus the step.
struct SchemaStep {
  int version;
  const char* sql;
};
extern const std::array<SchemaStep, 1> k_schema_steps;

inline constexpr int k_schema_version = 1001;
inline constexpr int k_schema_major = k_schema_version / 1000;

}  // namespace payhook::postgresql
