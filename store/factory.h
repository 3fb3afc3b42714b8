#pragma once

#include <memory>
#include <string>

#include "store/flask_database.h"
#include "store/maintenance.h"
#include "store/transaction_store.h"

namespace payhook {

/// The store at a location of the configuration: the absolute path of a SQLite file. Throws
/// ProgramError when it is none.
std::unique_ptr<TransactionStore> make_store(const std::string& location,
                                             Lifetime lifetime = Lifetime::SERVICE);

/// Makes root the one to whom a store belongs, whose files are to be his and not root's. Anybody
/// else stays who he is. Throws std::system_error. Call it before any thread starts.
void become_store_owner(const std::string& location);

/// For what is done with all of a store at once. It need not exist. Throws ProgramError when the
/// location is none.
std::unique_ptr<StoreMaintenance> make_store_maintenance(const std::string& location);

/// Makes sure that the store exists; nothing else ever creates one. As root it becomes the store's
/// owner first. Throws ProgramError or std::system_error. Call it before any thread starts.
void create_store(const std::string& location);

/// The database that the Flask app leaves behind. Throws ProgramError, saying what is wrong, for a
/// file that is none, or that cannot be read.
std::unique_ptr<FlaskDatabase> open_flask_database(const std::string& file);

}  // namespace payhook
