#include "store/factory.h"

#include <fmt/format.h>
#include <sysexits.h>

#include <filesystem>

#include "core/become_owner.h"
#include "store/sqlite/flask_database.h"
#include "store/sqlite/maintenance.h"
#include "store/sqlite/store.h"

namespace payhook {

namespace {

const std::string& require_path(const std::string& location) {
  if (!location.starts_with('/')) {
    throw ProgramError(EX_CONFIG, fmt::format("'{}' is no store: set 'database' to the absolute "
                                              "path of a SQLite file",
                                              location));
  }
  return location;
}

}  // namespace

std::unique_ptr<TransactionStore> make_store(const std::string& location, Lifetime lifetime) {
  return std::make_unique<SqliteStore>(require_path(location), lifetime);
}

std::unique_ptr<StoreMaintenance> make_store_maintenance(const std::string& location) {
  return std::make_unique<SqliteMaintenance>(require_path(location));
}

void become_store_owner(const std::string& location) {
  become_owner_of(std::filesystem::path(require_path(location)).parent_path());
}

std::unique_ptr<FlaskDatabase> open_flask_database(const std::string& file) {
  return std::make_unique<SqliteFlaskDatabase>(file);
}

void create_store(const std::string& location) { create_database(require_path(location)); }

}  // namespace payhook
