#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace payhook {

/// One table of a configuration file, which a part of the programs takes its keys from. A key that
/// the file does not have leaves the value as it is: its default, or what an earlier file says.
///
/// Every call throws ProgramError (EX_CONFIG) naming file, line and key for what does not fit. One
/// thread at a time uses a section.
class ConfigSection {
 public:
  /// All of a TOML file.
  static ConfigSection of_file(const std::filesystem::path& file);

  /// An absolute path.
  void read_path(std::string_view key, std::filesystem::path& value, std::size_t most_bytes);

  /// An array of absolute paths, at least one. `use` throws std::invalid_argument for one that it
  /// does not take.
  void read_every_path(std::string_view key,
                       const std::function<void(const std::filesystem::path&)>& use);

  std::int64_t read_integer(std::string_view key, std::int64_t otherwise, std::int64_t least,
                            std::int64_t most);

  /// One of two words, each of which stands for a value.
  template <typename Value>
  void read_choice(std::string_view key, Value& value, std::pair<std::string_view, Value> first,
                   std::pair<std::string_view, Value> second) {
    if (const auto is_first = read_word(key, first.first, second.first)) {
      value = *is_first ? first.second : second.second;
    }
  }

  /// Every key that is there, whatever its name, and its integer. `use` throws
  /// std::invalid_argument for a key that it does not take.
  void read_every_integer(std::int64_t least, std::int64_t most,
                          const std::function<void(std::string_view key, std::int64_t)>& use);

  /// Has `read` take the keys of the table under `key`, where there is one, and refuses the others.
  void read_section(std::string_view key, const std::function<void(ConfigSection&)>& read);

  /// What no call has named is unknown: a slip of the pen must not pass for a setting.
  void refuse_unknown_keys() const;

 private:
  // A toml::table, whose header costs whoever includes it two seconds.
  using Table = std::shared_ptr<const void>;

  ConfigSection(Table table, std::string prefix) noexcept
      : m_table(std::move(table)), m_prefix(std::move(prefix)) {}

  struct Setting;
  Setting find(std::string_view key);

  /// Whether it is the first of the two, where the key is there.
  std::optional<bool> read_word(std::string_view key, std::string_view first,
                                std::string_view second);

  Table m_table;
  std::string m_prefix;              // of the names of its keys
  std::vector<std::string> m_known;  // keys
};

}  // namespace payhook
