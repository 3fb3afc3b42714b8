#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "payment/currencies.h"
#include "service/config/handler_config.h"
#include "service/config/log_config.h"
#include "service/config/processor_config.h"
#include "service/config/responder_config.h"
#include "service/config/retention_config.h"
#include "service/config/tokens_config.h"
#include "webhook/source.h"

namespace payhook {

/// What is set in payhook.toml. Every program reads all of it, so that whichever is started refuses
/// a key that nobody knows. Every key has a default that works.
struct Config {
  std::filesystem::path database = "/var/lib/payhook/db.sqlite";
  ResponderConfig responder;
  TokensConfig reading;    ///< without any token, everybody may read
  TokensConfig operating;  ///< without any, nobody may operate by HTTP
  ProcessorConfig processor;
  HandlerPlan handlers;
  RetentionConfig retention;
  LogConfig log;
  Currencies currencies;

  /// Those who may send webhooks. Where none is configured it is the default one, and anybody may.
  std::vector<std::shared_ptr<const Source>> sources{std::make_shared<const Source>()};

  /// Whose a transaction with this id may be, the likeliest first: an id tells by its beginning.
  std::vector<std::string> sources_of(const std::string& transaction_id) const;

  /// Of the body of an operator's request.
  static constexpr std::size_t k_most_operator_bytes = 4096;

  /// The most that the body of any request may have.
  std::size_t max_body_bytes() const noexcept;

  /// The delay of the one whose transactions may be processed first.
  std::chrono::seconds least_delay() const noexcept;
};

/// The files that a configuration directory has to be read, in their order: payhook.toml where it
/// exists, then conf.d/*.toml and sources.d/*.toml by their names. Throws ProgramError (EX_CONFIG)
/// when the directory cannot be read.
std::vector<std::filesystem::path> config_files_in(const std::filesystem::path& directory);

/// Reads TOML files in their order; a key in a later file replaces the same key of an earlier one,
/// but each [[source]] is one more.
/// Throws ProgramError (EX_CONFIG) naming file, line and key for a file that cannot be read, a
/// syntax error, an unknown key, a wrong type or a value out of range.
Config load_config(std::span<const std::filesystem::path> files);

}  // namespace payhook
