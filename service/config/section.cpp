#include "service/config/section.h"

#include <fmt/format.h>
#include <sysexits.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include "core/program_error.h"
#include "service/config/toml_depth.h"

namespace payhook {

namespace {

// Of a file; payhook.toml and what an admin adds to it are a hundredth of that.
constexpr std::size_t k_max_bytes = std::size_t{1} << 20;

ProgramError config_error(std::string_view file, std::size_t line, const std::string& message) {
  return {EX_CONFIG, fmt::format("{}:{}: {}", file, line, message)};
}

ProgramError config_error(const toml::source_region& where, const std::string& message) {
  return config_error(where.path ? *where.path : "", where.begin.line, message);
}

/// Throws ProgramError (EX_CONFIG).
std::string text_of(const std::filesystem::path& file) {
  const auto unreadable = [&file](const std::string& why) {
    return ProgramError(
        EX_CONFIG, fmt::format("cannot read the configuration file {}: {}", file.string(), why));
  };
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) {
    throw unreadable("Is a directory");
  }
  std::ifstream stream(file);
  if (!stream.is_open()) {
    throw unreadable(std::generic_category().message(errno));
  }
  std::string text(k_max_bytes + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > k_max_bytes) {
    throw unreadable(fmt::format("it has more than {} bytes", k_max_bytes));
  }
  return text;
}

toml::table parse(const std::string& text, const std::string& name) {
  if (const std::size_t line = too_deep_line(text); line != 0) {
    throw config_error(name, line, "a key or value with too many levels");
  }
  try {
    return toml::parse(text, name);
  } catch (const toml::parse_error& e) {
    throw config_error(e.source(), std::string(e.description()));
  }
}

/// Of a date and time with its offset from UTC; of one without, nothing.
std::optional<Timestamp> timestamp_of(const toml::node& node) {
  const auto value = node.value_exact<toml::date_time>();
  if (!value || !value->offset) {
    return std::nullopt;
  }
  std::ostringstream text;
  text << *value;  // RFC 3339
  return parse_rfc3339(text.str());
}

const toml::table& table_in(const std::shared_ptr<const void>& section) {
  return *static_cast<const toml::table*>(section.get());
}

}  // namespace

/// A key of a section, and what it is set to: a null pointer where it is not set.
struct ConfigSection::Setting {
  const toml::node* node;
  std::string name;

  ProgramError refused(const std::string& rule) const {
    return config_error(node->source(), fmt::format("{} {}", name, rule));
  }

  std::int64_t integer(std::int64_t least, std::int64_t most) const {
    const auto value = node->value_exact<std::int64_t>();
    if (!value || *value < least || *value > most) {
      throw refused(fmt::format("must be a whole number from {} to {}", least, most));
    }
    return *value;
  }

  /// Empty where it is no string.
  std::string text() const { return node->value_exact<std::string>().value_or(""); }

  /// `otherwise` says what it must be, where it is no string.
  std::string text(const char* otherwise) const {
    const auto value = node->value_exact<std::string>();
    if (!value || value->empty()) {
      throw refused(otherwise);
    }
    return *value;
  }

  std::string path() const {
    std::string path = text();
    if (!path.starts_with('/')) {
      throw refused("must be a string holding an absolute path");
    }
    if (path.ends_with('/') || path.find('\0') != std::string::npos) {
      throw refused("must be the path of a file, without a NUL character");
    }
    return path;
  }

  /// Calls use(element) for what it is set to: one value, or each of an array.
  template <typename Use>
  void for_each(const Use& use) const {
    if (const toml::array* const array = node->as_array()) {
      for (const toml::node& element : *array) {
        use(Setting{&element, name});
      }
    } else {
      use(*this);
    }
  }

  /// Calls use(), and adds to what it throws where that is.
  template <typename Use>
  void checked(const Use& use) const {
    try {
      use();
    } catch (const std::invalid_argument& e) {
      throw refused(fmt::format("is refused: {}", e.what()));
    }
  }

  SecretFile secret() const {
    if (!node->is_table()) {
      return {secret_path(), {}, {}};
    }
    const toml::table& table = *node->as_table();
    SecretFile secret;
    for (const auto& [key, value] : table) {
      const Setting setting{&value, fmt::format("{}.{}", name, key.str())};
      if (key == "file") {
        secret.path = setting.secret_path();
      } else if (key == "credential") {
        secret.path = credential(setting);
      } else if (key == "not_before" || key == "not_after") {
        (key == "not_before" ? secret.not_before : secret.not_after) = timestamp_of(value);
        if (!timestamp_of(value)) {
          throw setting.refused("must be a time with its offset, as 2026-12-01T00:00:00Z");
        }
      } else {
        throw config_error(key.source(),
                           fmt::format("unknown key '{}'; the keys here are: file, credential, "
                                       "not_before, not_after",
                                       setting.name));
      }
    }
    if (secret.path.empty()) {
      throw refused("must say file or credential");
    }
    return secret;
  }

  /// A relative one begins with a dot, and an absolute one has a directory, so that nobody's secret
  /// passes for a name that is then told.
  std::string secret_path() const {
    const std::string named = text();
    if (named.starts_with("./") || named.starts_with("../")) {
      const auto& file = node->source().path;
      const auto directory = std::filesystem::path(file ? *file : "").parent_path();
      return std::filesystem::absolute(directory / named).lexically_normal().string();
    }
    const auto directory = std::filesystem::path(named).parent_path();
    std::error_code unreadable;
    if (!named.starts_with('/') || directory == "/" ||
        !std::filesystem::is_directory(directory, unreadable)) {
      throw refused(
          "must name files in a directory that is there, by paths that begin with / or ./ or ../: "
          "a secret does not belong here, but into a file that only root and the group _payhook "
          "may read");
    }
    return path();
  }

  /// systemd puts it into a directory of the service's own.
  static std::string credential(const Setting& setting) {
    const std::string credential = setting.text("must be the name of a credential");
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody changes the environment.
    const char* const directory = std::getenv("CREDENTIALS_DIRECTORY");
    if (credential.find('/') != credential.npos) {
      throw setting.refused("must be the name of a credential, without a /");
    }
    if (directory == nullptr) {
      throw setting.refused(
          "names a credential, and there are none here: a service has those of LoadCredential=, "
          "see systemd.exec(5), and a program that a shell starts has none");
    }
    return fmt::format("{}/{}", directory, credential);
  }

  Scalar scalar() const {
    if (const auto string = node->value_exact<std::string>()) {
      return {true, *string};
    }
    if (const auto integer = node->value_exact<std::int64_t>()) {
      return {false, std::to_string(*integer)};
    }
    if (const auto boolean = node->value_exact<bool>()) {
      return {false, *boolean ? "true" : "false"};
    }
    throw refused("must be a string, a whole number or a boolean, or an array of such");
  }
};

ConfigSection::Setting ConfigSection::find(std::string_view key) {
  know(key);
  return {table_in(m_table).get(key), fmt::format("{}{}", m_prefix, key)};
}

void ConfigSection::know(std::string_view key) {
  if (std::find(m_known.begin(), m_known.end(), key) == m_known.end()) {
    m_known.emplace_back(key);
  }
}

ConfigSection ConfigSection::of_file(const std::filesystem::path& file) {
  return of_text(text_of(file), file.string());
}

ConfigSection ConfigSection::of_text(const std::string& toml, const std::string& name) {
  return {std::make_shared<const toml::table>(parse(toml, name)), ""};
}

void ConfigSection::refuse(const std::string& why) const {
  throw config_error(table_in(m_table).source(), why);
}

void ConfigSection::refuse_at(std::string_view key, const std::string& why) const {
  const toml::node* const node = table_in(m_table).get(key);
  throw config_error((node != nullptr ? *node : table_in(m_table)).source(), why);
}

bool ConfigSection::has(std::string_view key) const { return table_in(m_table).contains(key); }

void ConfigSection::read_path(std::string_view key, std::filesystem::path& value,
                              std::size_t most_bytes) {
  const Setting setting = find(key);
  if (setting.node == nullptr) {
    return;
  }
  const std::string path = setting.path();
  if (path.size() > most_bytes) {
    throw setting.refused(fmt::format("must be at most {} bytes long", most_bytes));
  }
  value = path;
}

void ConfigSection::read_every_secret(std::string_view key,
                                      const std::function<void(const SecretFile&)>& use) {
  const Setting setting = find(key);
  if (setting.node == nullptr) {
    return;
  }
  if (!setting.node->is_array() || setting.node->as_array()->empty()) {
    throw setting.refused("must be an array of at least one path");
  }
  setting.for_each([&use](const Setting& element) {
    const SecretFile secret = element.secret();
    element.checked([&] { use(secret); });
  });
}

void ConfigSection::read_text(std::string_view key,
                              const std::function<void(const std::string&)>& use) {
  const Setting setting = find(key);
  if (setting.node != nullptr) {
    const std::string text = setting.text("must be a string that is not empty");
    setting.checked([&] { use(text); });
  }
}

void ConfigSection::read_texts(std::string_view key, std::vector<std::string>& value,
                               const std::function<void(const std::vector<std::string>&)>& check) {
  const Setting setting = find(key);
  if (setting.node == nullptr) {
    return;
  }
  std::vector<std::string> texts;
  setting.for_each([&texts](const Setting& element) {
    texts.push_back(element.text("must be a string that is not empty, or an array of such"));
  });
  setting.checked([&] { check(texts); });
  value = std::move(texts);
}

void ConfigSection::read_flag(std::string_view key, bool& value) {
  const Setting setting = find(key);
  if (setting.node != nullptr) {
    const auto flag = setting.node->value_exact<bool>();
    if (!flag) {
      throw setting.refused("must be true or false");
    }
    value = *flag;
  }
}

std::optional<std::int64_t> ConfigSection::read_integer(std::string_view key, std::int64_t least,
                                                        std::int64_t most) {
  const Setting setting = find(key);
  return setting.node == nullptr ? std::nullopt : std::optional(setting.integer(least, most));
}

std::optional<std::size_t> ConfigSection::read_word(std::string_view key,
                                                    const std::vector<std::string_view>& words) {
  const Setting setting = find(key);
  if (setting.node == nullptr) {
    return std::nullopt;
  }
  const auto word = std::find(words.begin(), words.end(), setting.text());
  if (word == words.end()) {
    throw setting.refused(fmt::format(R"(must be "{}")", fmt::join(words, R"(" or ")")));
  }
  return static_cast<std::size_t>(word - words.begin());
}

void ConfigSection::read_every_integer(
    std::int64_t least, std::int64_t most,
    const std::function<void(std::string_view, std::int64_t)>& use) {
  for (const auto& [key, node] : table_in(m_table)) {
    const std::int64_t value =
        Setting{&node, fmt::format("{}{}", m_prefix, key.str())}.integer(least, most);
    know(key.str());
    try {
      use(key.str(), value);
    } catch (const std::invalid_argument& e) {
      throw config_error(key.source(), e.what());
    }
  }
}

void ConfigSection::read_every_text(
    const std::function<void(std::string_view, const std::string&)>& use) {
  for (const auto& [key, node] : table_in(m_table)) {
    const Setting setting{&node, fmt::format("{}{}", m_prefix, key.str())};
    know(key.str());
    use(key.str(), setting.text("must be a string that is not empty"));
  }
}

void ConfigSection::read_every_scalar(
    const std::function<void(std::string_view, const std::vector<Scalar>&)>& use) {
  for (const auto& [key, node] : table_in(m_table)) {
    const Setting setting{&node, fmt::format("{}{}", m_prefix, key.str())};
    know(key.str());
    std::vector<Scalar> scalars;
    setting.for_each([&](const Setting& element) { scalars.push_back(element.scalar()); });
    setting.checked([&, name = key.str()] { use(name, scalars); });
  }
}

/// It keeps all of the file.
template <typename Node>
ConfigSection ConfigSection::below(const Table& whole, const Node& table, std::string prefix) {
  return {{whole, &table}, std::move(prefix)};
}

void ConfigSection::read_every_section(std::string_view key,
                                       const std::function<void(ConfigSection&)>& read) {
  const Setting setting = find(key);
  if (setting.node == nullptr) {
    return;
  }
  setting.for_each([&](const Setting& element) {
    if (!setting.node->is_array() || !element.node->is_table()) {
      throw setting.refused(fmt::format("must be an array of tables: write [[{}]]", setting.name));
    }
    ConfigSection section = below(m_table, *element.node->as_table(), setting.name + '.');
    read(section);
    section.refuse_unknown_keys();
  });
}

void ConfigSection::read_section(std::string_view key,
                                 const std::function<void(ConfigSection&)>& read) {
  const Setting setting = find(key);
  if (setting.node == nullptr) {
    return;
  }
  if (!setting.node->is_table()) {
    throw setting.refused("must be a table");
  }
  ConfigSection section = below(m_table, *setting.node->as_table(), setting.name + '.');
  read(section);
  section.refuse_unknown_keys();
}

void ConfigSection::read_word_or_section(std::string_view key, std::string_view word,
                                         const std::function<void()>& is_word,
                                         const std::function<void(ConfigSection&)>& read) {
  const Setting setting = find(key);
  if (setting.node == nullptr || setting.node->is_table()) {
    read_section(key, read);
  } else if (setting.node->value_exact<std::string>() == word) {
    is_word();
  } else {
    throw setting.refused(fmt::format(R"(must be a table, or "{}")", word));
  }
}

void ConfigSection::refuse_unknown_keys() const {
  for (const auto& [key, node] : table_in(m_table)) {
    if (std::find(m_known.begin(), m_known.end(), key.str()) == m_known.end()) {
      throw config_error(key.source(), fmt::format("unknown key '{}{}'; the keys here are: {}",
                                                   m_prefix, key.str(), fmt::join(m_known, ", ")));
    }
  }
}

}  // namespace payhook
