#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "service/config/handler_config.h"
#include "service/config/section.h"
#include "webhook/source.h"

namespace payhook {

/// A scheme whose parts are not put together yet.
struct SignatureConfig {
  Scheme scheme = {};
  std::string content = "{body}";
  KeyEncoding key_encoding = KeyEncoding::TEXT;
  std::string key_prefix = {};
};

/// Whether a source may be called so: see k_source_names. Thread-safe.
bool is_source_name(std::string_view text);

inline constexpr auto k_source_names =
    "use at most 64 lower-case letters, digits and -, and not \"transactions\"";

/// [[source]]: a sender as it is configured, its preset's settings under its own.
class SourceConfig {
 public:
  /// Throws ProgramError (EX_CONFIG), as ConfigSection does.
  explicit SourceConfig(ConfigSection& section);

  const std::string& name() const noexcept { return m_source.name; }

  /// Its own, where it has one.
  const std::shared_ptr<const HandlerConfig>& handler() const noexcept { return m_handler; }

  /// What a source has that does not say otherwise.
  struct Defaults {
    std::size_t max_body_bytes;
    std::chrono::seconds delay;
    const Currencies& currencies;
  };

  /// Throws ProgramError (EX_CONFIG), naming file and line, for a source that cannot be used: one
  /// without a secret, for example.
  Source source(const Defaults& defaults) const;

  /// Throws ProgramError (EX_CONFIG), naming file and line.
  [[noreturn]] void refuse(const std::string& why) const { m_section.refuse(why); }

 private:
  void read_name(ConfigSection& section);
  void read(ConfigSection& section);
  void read_signature(ConfigSection& section);
  void read_scheme(ConfigSection& table);
  void read_time_of_signing(ConfigSection& table);
  void read_mapping(ConfigSection& section);
  void read_payment(ConfigSection& section);
  void read_acknowledgement(ConfigSection& section);
  void read_challenge(ConfigSection& section);
  template <typename Check>
  void checked(std::string_view key, const Check& check) const;
  [[noreturn]] void refuse_at(std::string_view key, const std::string& why) const;
  void check_fit() const;
  void check_currencies(const Currencies& currencies) const;
  Scheme scheme() const;
  std::vector<Secret> secrets(std::vector<std::string>& notes) const;
  SignatureKey key(std::string_view text) const;
  void note_doubts(std::string_view text, const std::string& file,
                   std::vector<std::string>& notes) const;

  ConfigSection m_section;
  Source m_source;
  std::string m_checked;  // what the preset's signature was checked by
  std::optional<std::size_t> m_max_body_bytes;
  std::optional<std::chrono::seconds> m_delay;
  std::optional<SignatureConfig> m_signature;
  bool m_is_open = false;  // signature = "none"
  SignedContent::Values m_values;
  std::vector<ConfigSection::SecretFile> m_secrets;
  std::optional<MappingRules> m_mapping;
  std::shared_ptr<const HandlerConfig> m_handler;
};

}  // namespace payhook
