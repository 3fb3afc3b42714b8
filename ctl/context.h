#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "ctl/output.h"
#include "service/config/config.h"
#include "store/flask_database.h"
#include "store/maintenance.h"
#include "store/transaction_store.h"

namespace payhook {

/// What a command works with. The settings are read and the store is opened when it first asks for
/// them: there are commands that work where these are broken. For one thread.
class Context {
 public:
  /// `files` are those of the command line. `who` is the operator's name.
  Context(std::vector<std::filesystem::path> files, const Clock& clock, Output output,
          std::string who);

  /// Throws as read_config() does.
  const Config& config();

  /// From here on root is the database's owner, and can no longer do what only root may. Throws as
  /// config() does, and as become_store_owner() and make_store() do.
  /// `lifetime` counts for the first call: SERVICE is for work that writes for long, and does its
  /// upkeep meanwhile.
  TransactionStore& store(Lifetime lifetime = Lifetime::ONE_REQUEST);

  /// The database that the Flask app leaves behind, opened by whoever the program is now. Throws
  /// ProgramError.
  static std::unique_ptr<FlaskDatabase> open_flask_database(const std::string& file);

  /// Makes sure that the store exists, and throws as config() and payhook::create_store() do.
  void create_store();

  /// For what is done with all of the store. Throws as config() does.
  StoreMaintenance& maintenance();

  /// The settings' files as the command line names them; empty for those in /etc/payhook.
  const std::vector<std::filesystem::path>& files() const noexcept { return m_files; }

  Timestamp now() const { return m_clock.now(); }
  Output& output() noexcept { return m_output; }

  /// Who does something now, and why: what is recorded.
  Act act(std::string why) const;

 private:
  const std::vector<std::filesystem::path> m_files;
  const Clock& m_clock;
  Output m_output;
  const std::string m_who;
  std::optional<Config> m_config;
  std::unique_ptr<TransactionStore> m_store;
  std::unique_ptr<StoreMaintenance> m_maintenance;
};

/// How long a command waits for its turn to write.
inline Deadline patience() { return std::chrono::steady_clock::now() + std::chrono::seconds{10}; }

}  // namespace payhook
