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

#include "core/timestamp.h"

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

  /// All of a TOML text that errors call by this name.
  static ConfigSection of_text(const std::string& toml, const std::string& name);

  /// Throws what says that this section is wrong.
  [[noreturn]] void refuse(const std::string& why) const;

  /// The same, where this key is; where it is not, the section.
  [[noreturn]] void refuse_at(std::string_view key, const std::string& why) const;

  bool has(std::string_view key) const;

  /// An absolute path.
  void read_path(std::string_view key, std::filesystem::path& value, std::size_t most_bytes);

  /// A file that has a secret, or the name of one of systemd's credentials, and when it counts. A
  /// relative path is from the directory of the configuration file.
  struct SecretFile {
    std::filesystem::path path;
    std::optional<Timestamp> not_before;
    std::optional<Timestamp> not_after;
  };

  /// An array of files that have secrets, at least one. `use` throws std::invalid_argument for one
  /// that it does not take.
  void read_every_secret(std::string_view key, const std::function<void(const SecretFile&)>& use);

  /// A string. `use` throws std::invalid_argument for one that it does not take.
  void read_text(std::string_view key, const std::function<void(const std::string&)>& use);

  /// A string, or an array of them. `check` throws std::invalid_argument for those that it does not
  /// take.
  void read_texts(
      std::string_view key, std::vector<std::string>& value,
      const std::function<void(const std::vector<std::string>&)>& check = [](const auto&) {});

  void read_flag(std::string_view key, bool& value);

  /// Nothing where the key is not there.
  std::optional<std::int64_t> read_integer(std::string_view key, std::int64_t least,
                                           std::int64_t most);

  /// One of some words, each of which stands for a value.
  template <typename Value>
  void read_choice(std::string_view key, Value& value,
                   const std::vector<std::pair<std::string_view, Value>>& choices) {
    std::vector<std::string_view> words;
    for (const auto& choice : choices) {
      words.push_back(choice.first);
    }
    if (const auto number = read_word(key, words)) {
      value = choices[*number].second;
    }
  }

  /// Every key that is there, whatever its name, and its integer. `use` throws
  /// std::invalid_argument for a key that it does not take.
  void read_every_integer(std::int64_t least, std::int64_t most,
                          const std::function<void(std::string_view key, std::int64_t)>& use);

  /// Every key that is there, whatever its name, and its string.
  void read_every_text(const std::function<void(std::string_view key, const std::string&)>& use);

  struct Scalar {
    bool is_string;
    std::string text;  ///< of a number or boolean as JSON has it
  };

  /// Every key that is there, whatever its name, and the scalars that it is set to: one or an
  /// array. `use` throws std::invalid_argument for a key or scalars that it does not take.
  void read_every_scalar(
      const std::function<void(std::string_view key, const std::vector<Scalar>&)>& use);

  /// Has `read` take the keys of each table of the array under `key`, where there is one, and
  /// refuses the others.
  void read_every_section(std::string_view key, const std::function<void(ConfigSection&)>& read);

  /// Has `read` take the keys of the table under `key`, where there is one, and refuses the others.
  void read_section(std::string_view key, const std::function<void(ConfigSection&)>& read);

  /// Calls `is_word` where the key is that word, and otherwise as read_section() does.
  void read_word_or_section(std::string_view key, std::string_view word,
                            const std::function<void()>& is_word,
                            const std::function<void(ConfigSection&)>& read);

  /// What no call has named is unknown: a slip of the pen must not pass for a setting.
  void refuse_unknown_keys() const;

 private:
  // A toml::table, whose header costs whoever includes it two seconds.
  using Table = std::shared_ptr<const void>;

  ConfigSection(Table table, std::string prefix) noexcept
      : m_table(std::move(table)), m_prefix(std::move(prefix)) {}

  struct Setting;
  Setting find(std::string_view key);
  void know(std::string_view key);

  /// The number of the word, where the key is there.
  std::optional<std::size_t> read_word(std::string_view key,
                                       const std::vector<std::string_view>& words);

  template <typename Node>
  static ConfigSection below(const Table& whole, const Node& table, std::string prefix);

  Table m_table;
  std::string m_prefix;              // of the names of its keys
  std::vector<std::string> m_known;  // keys, each once
};

}  // namespace payhook
