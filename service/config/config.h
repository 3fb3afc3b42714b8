#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <span>
#include <vector>

#include "core/log.h"
#include "payment/currencies.h"

namespace payhook {

/// What a webhook is answered whose transaction_id is known with other values.
enum class ConflictAnswer {
  ACCEPT,  ///< 202, as for any duplicate
  REJECT   ///< 409
};

/// What both programs read from payhook.toml. Every key has a default that works.
struct Config {
  std::filesystem::path database = "/var/lib/payhook/db.sqlite";

  struct Responder {
    std::filesystem::path listen = "/run/payhook/fcgi.sock";
    std::size_t max_body_bytes = 65536;
    ConflictAnswer conflicting_duplicate = ConflictAnswer::ACCEPT;
  } responder;

  struct Processor {
    std::chrono::seconds delay{30};
  } processor;

  struct Log {
    log::TransactionIds transaction_ids = log::TransactionIds::HASHED;
  } log;

  Currencies currencies;
};

/// The files that a configuration directory has to be read, in their order: payhook.toml where it
/// exists, then conf.d/*.toml by their names. Throws ProgramError (EX_CONFIG) when the directory
/// cannot be read.
std::vector<std::filesystem::path> config_files_in(const std::filesystem::path& directory);

/// Reads TOML files in their order; a key in a later file replaces the same key of an earlier one.
/// Throws ProgramError (EX_CONFIG) naming file, line and key for a file that cannot be read, a
/// syntax error, an unknown key, a wrong type or a value out of range.
Config load_config(std::span<const std::filesystem::path> files);

}  // namespace payhook
