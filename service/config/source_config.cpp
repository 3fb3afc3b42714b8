#include "service/config/source_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "core/ascii.h"
#include "payment/invalid_field.h"
#include "service/secret_file.h"
#include "webhook/presets.h"
#include "webhook/template.h"

namespace payhook {

namespace {

constexpr std::size_t k_most_bytes = std::size_t{1} << 20;
constexpr std::int64_t k_year_in_seconds = 366L * 86400;

// Of a name, and so of what ids begin with: enough is left for a sender's own.
constexpr std::size_t k_most_name_bytes = 64;

const Preset& preset_of(const std::string& name) {
  std::vector<std::string_view> names;
  for (const Preset& preset : presets()) {
    if (preset.name == name) {
      return preset;
    }
    names.push_back(preset.name);
  }
  throw std::invalid_argument(fmt::format("there are {}", fmt::join(names, ", ")));
}

/// Throws std::invalid_argument.
void require_pointer(const std::string& text) { JsonPointers().add(text); }

/// Value: what a string can be assigned to.
template <typename Value>
void read_pointer(ConfigSection& section, std::string_view key, Value& value) {
  section.read_text(key, [&value](const std::string& pointer) {
    require_pointer(pointer);
    value = pointer;
  });
}

/// Throws std::invalid_argument.
void require_header_names(const std::vector<std::string>& names) {
  std::for_each(names.begin(), names.end(), require_header_name);
}

/// Throws std::invalid_argument.
void require_currency(const Currencies& currencies, const std::string& code, const char* key) {
  try {
    static_cast<void>(currencies.find(code));
  } catch (const InvalidField&) {
    throw std::invalid_argument(
        fmt::format("mapping.{} has {}, which is neither a currency of ISO 4217 that payments are "
                    "made in nor one of [currencies]",
                    key, code));
  }
}

void read_conditions(ConfigSection& section, std::vector<FieldCondition>& conditions) {
  section.read_section("when", [&conditions](ConfigSection& fields) {
    conditions.clear();
    fields.read_every_scalar([&conditions](std::string_view pointer, const auto& scalars) {
      if (scalars.empty()) {
        throw std::invalid_argument("a condition without a value never holds");
      }
      require_pointer(std::string(pointer));
      FieldCondition& condition = conditions.emplace_back();
      condition.pointer = pointer;
      for (const ConfigSection::Scalar& scalar : scalars) {
        condition.values.push_back({scalar.is_string, scalar.text});
      }
    });
  });
}

}  // namespace

bool is_source_name(std::string_view text) {
  return !text.empty() && text.size() <= k_most_name_bytes && text.front() != '-' &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == text.npos &&
         text != "transactions";
}

SourceConfig::SourceConfig(ConfigSection& section) : m_section(section) {
  read_name(section);
  section.read_text("preset", [this](const std::string& name) {
    ConfigSection preset =
        ConfigSection::of_text(std::string(preset_of(name).toml), "preset " + name);
    m_source.preset = name;
    preset.read_text("checked", [this](const std::string& by) { m_checked = by; });
    preset.read_texts("notes", m_source.notes);
    read(preset);
    preset.refuse_unknown_keys();
  });
  read(section);
  if (section.has("secret")) {
    section.refuse_at(
        "secret",
        "secret is no key: secrets = [\"/etc/payhook/secrets/…\"] names the files that have them");
  }
  section.refuse_unknown_keys();
  if (m_source.name.empty()) {
    refuse("a source needs a name");
  }
}

void SourceConfig::read_name(ConfigSection& section) {
  m_source.name.clear();
  section.read_text("name", [this](const std::string& name) {
    if (!is_source_name(name)) {
      throw std::invalid_argument(k_source_names);
    }
    m_source.name = name;
  });
  m_source.id_prefix = m_source.name == k_default_source ? "" : m_source.name + ':';
}

void SourceConfig::read(ConfigSection& section) {
  read_signature(section);
  section.read_section("values", [this](ConfigSection& values) {
    values.read_every_text([this](std::string_view key, const std::string& value) {
      m_values.insert_or_assign(std::string(key), value);
    });
  });
  std::vector<ConfigSection::SecretFile> secrets;
  section.read_every_secret("secrets", [&](const auto& secret) { secrets.push_back(secret); });
  m_secrets = secrets.empty() ? std::move(m_secrets) : std::move(secrets);
  section.read_section("mapping", [this](ConfigSection& mapping) { read_mapping(mapping); });
  section.read_section("handler", [this](auto& table) { m_handler = read_handler(table); });
  section.read_text("id_prefix", [this](const std::string& prefix) {
    if (prefix.size() > k_most_name_bytes ||
        std::any_of(prefix.begin(), prefix.end(), [](char c) { return c <= ' ' || c > '~'; })) {
      throw std::invalid_argument(
          fmt::format("use at most {} visible characters of ASCII", k_most_name_bytes));
    }
    m_source.id_prefix = prefix;
  });
  section.read_choice<bool>("unreadable", m_source.keeps_unreadable,
                            {{"keep", true}, {"refuse", false}});
  section.read_section("acknowledgement", [this](auto& table) { read_acknowledgement(table); });
  section.read_section("challenge", [this](auto& table) { read_challenge(table); });
  section.read_texts("content_types", m_source.content_types);
  for (std::string& type : m_source.content_types) {
    type = in_lower_case(type);
  }
  section.read_text("form_field", [this](const auto& field) { m_source.form_field = field; });
  section.read_flag("gzip", m_source.gzip);
  if (const auto most = section.read_integer("max_body_bytes", 1, std::int64_t{k_most_bytes})) {
    m_max_body_bytes = static_cast<std::size_t>(*most);
  }
  if (const auto within = section.read_integer("answer_within_seconds", 1, 3600)) {
    m_source.answer_within = std::chrono::seconds(*within);
  }
  if (const auto delay = section.read_integer("delay_seconds", 0, k_year_in_seconds)) {
    m_delay = std::chrono::seconds(*delay);
  }
}

void SourceConfig::read_signature(ConfigSection& section) {
  section.read_word_or_section(
      "signature", "none",
      [this] {
        m_is_open = true;
        m_signature.reset();
      },
      [this](ConfigSection& table) {
        m_is_open = false;
        if (!m_signature) {
          m_signature.emplace();
        }
        read_scheme(table);
        read_time_of_signing(table);
      });
}

void SourceConfig::read_scheme(ConfigSection& table) {
  SignatureConfig& signature = *m_signature;
  Scheme& scheme = signature.scheme;
  table.read_choice<Algorithm>("algorithm", scheme.algorithm,
                               {{"hmac-sha256", Algorithm::HMAC_SHA256},
                                {"hmac-sha512", Algorithm::HMAC_SHA512},
                                {"hmac-sha1", Algorithm::HMAC_SHA1},
                                {"ed25519", Algorithm::ED25519},
                                {"rsa-sha256", Algorithm::RSA_SHA256},
                                {"ecdsa-sha256", Algorithm::ECDSA_SHA256},
                                {"sha256", Algorithm::SHA256},
                                {"sha384", Algorithm::SHA384},
                                {"sha512", Algorithm::SHA512},
                                {"token", Algorithm::TOKEN}});
  table.read_text("signed", [&](const auto& content) { signature.content = content; });
  table.read_texts("header", scheme.signature_header, require_header_names);
  read_pointer(table, "field", scheme.signature_field);
  read_pointer(table, "items", scheme.items);
  table.read_choice<Encoding>("encoding", scheme.signature_encoding,
                              {{"hex", Encoding::HEX},
                               {"base64", Encoding::BASE64},
                               {"base64url", Encoding::BASE64URL},
                               {"text", Encoding::TEXT}});
  table.read_text("label", [&](const auto& label) { scheme.signature_label = label; });
  table.read_text("separator", [&](const auto& text) { scheme.separator = text; });
  table.read_text("required_entry", [&](const auto& text) { scheme.required_entry = text; });
  table.read_choice<KeyEncoding>("key_encoding", signature.key_encoding,
                                 {{"text", KeyEncoding::TEXT},
                                  {"base64", KeyEncoding::BASE64},
                                  {"hex", KeyEncoding::HEX},
                                  {"pem", KeyEncoding::PEM}});
  table.read_text("key_prefix", [&](const auto& text) { signature.key_prefix = text; });
  table.read_texts("id_header", scheme.id_header, require_header_names);
}

void SourceConfig::read_time_of_signing(ConfigSection& table) {
  Scheme& scheme = m_signature->scheme;
  table.read_text("timestamp_label", [&](const auto& label) { scheme.timestamp_label = label; });
  table.read_texts("timestamp_header", scheme.timestamp_header, require_header_names);
  table.read_choice<TimestampUnit>("timestamp_unit", scheme.timestamp_unit,
                                   {{"s", TimestampUnit::SECONDS},
                                    {"ms", TimestampUnit::MILLISECONDS},
                                    {"rfc3339", TimestampUnit::RFC3339},
                                    {"unchecked", TimestampUnit::UNCHECKED}});
  if (const auto seconds = table.read_integer("tolerance_seconds", 1, k_year_in_seconds)) {
    scheme.tolerance = std::chrono::seconds(*seconds);
  }
  table.refuse_unknown_keys();
  for (const char* const key : {"timestamp_unit", "tolerance_seconds"}) {
    if (table.has(key) && scheme.timestamp_header.empty() && scheme.timestamp_label.empty()) {
      table.refuse_at(
          key, fmt::format("{} has no effect: neither timestamp_header nor timestamp_label says "
                           "where a time is",
                           key));
    }
  }
}

void SourceConfig::read_mapping(ConfigSection& section) {
  MappingRules& rules = m_mapping ? *m_mapping : m_mapping.emplace();
  read_pointer(section, "items", rules.items);
  section.read_texts("event", rules.event, Mapping::check);
  read_conditions(section, rules.when);
  section.read_section("minor_units", [&rules](ConfigSection& currencies) {
    rules.minor_units.clear();  // those of a preset
    currencies.read_every_integer(
        0, Currencies::k_max_minor_units, [&rules](std::string_view code, std::int64_t places) {
          if (!rules.minor_units.emplace(in_upper_case(code), static_cast<int>(places)).second) {
            throw std::invalid_argument(fmt::format("{} is there already, in another case", code));
          }
        });
  });
  if (section.has("payment")) {
    rules.payments.clear();  // those of a preset
  }
  section.read_every_section("payment", [this](ConfigSection& rule) { read_payment(rule); });
}

void SourceConfig::read_payment(ConfigSection& section) {
  PaymentRule& rule = m_mapping->payments.emplace_back();
  read_conditions(section, rule.when);
  section.read_texts("transaction_id", rule.transaction_id, Mapping::check_varying);
  section.read_texts("source_account", rule.source_account, Mapping::check);
  section.read_texts("destination_account", rule.destination_account, Mapping::check);
  section.read_texts("amount", rule.amount, Mapping::check_varying);
  section.read_choice<AmountUnit>("amount_unit", rule.amount_unit,
                                  {{"major", AmountUnit::MAJOR}, {"minor", AmountUnit::MINOR}});
  section.read_texts("currency", rule.currency, Mapping::check);
  section.refuse_unknown_keys();
  for (const char* const key :
       {"transaction_id", "source_account", "destination_account", "amount", "currency"}) {
    if (!section.has(key)) {
      section.refuse(fmt::format("nothing says what {} is", key));
    }
  }
  if (!section.has("amount_unit")) {
    section.refuse(R"(amount_unit is missing: "major" for 5.00, "minor" for 500)");
  }
}

void SourceConfig::read_acknowledgement(ConfigSection& section) {
  Acknowledgement& acknowledgement = m_source.acknowledgement;
  if (const auto status = section.read_integer("status", 100, 999)) {
    if (*status < 200 || *status > 204 || *status == 203) {
      section.refuse_at("status", "acknowledgement.status must be 200, 201, 202 or 204");
    }
    acknowledgement.status = static_cast<int>(*status);
  }
  section.read_text("body", [&](const auto& body) { acknowledgement.body = body; });
}

void SourceConfig::read_challenge(ConfigSection& section) {
  Challenge& challenge = m_source.challenge;
  section.read_text("query", [&](const auto& query) { challenge.query = query; });
  section.read_text("header", [&](const auto& header) {
    require_header_name(header);
    challenge.header = header;
  });
  read_pointer(section, "field", challenge.field);
  section.read_flag("cloudevents", challenge.cloudevents);
}

Source SourceConfig::source(const Defaults& defaults) const {
  Source source = m_source;
  source.delay = m_delay.value_or(defaults.delay);
  source.max_body_bytes =
      m_max_body_bytes.value_or(m_mapping ? k_most_bytes : defaults.max_body_bytes);
  check_fit();
  if (!m_is_open) {
    std::vector<Secret> keys;
    checked("secrets", [&] { keys = secrets(source.notes); });
    checked("signature",
            [&] { source.verifier = std::make_shared<const Verifier>(scheme(), std::move(keys)); });
    const auto weaknesses = weaknesses_of(source.verifier->scheme());
    source.notes.insert(source.notes.end(), weaknesses.begin(), weaknesses.end());
  }
  for (const auto& secret : m_secrets) {
    source.secrets.push_back(secret.path.string());
  }
  if (m_mapping) {
    checked("mapping", [&] {
      check_currencies(defaults.currencies);
      source.mapping = std::make_shared<const Mapping>(*m_mapping);
    });
  }
  if (!m_checked.empty() && !m_is_open) {
    source.notes.insert(source.notes.begin(),
                        fmt::format("preset {}, checked by: {}", m_source.preset, m_checked));
  }
  return source;
}

/// Calls check(), and adds to what it throws where `key` is.
template <typename Check>
void SourceConfig::checked(std::string_view key, const Check& check) const {
  try {
    check();
  } catch (const std::invalid_argument& e) {
    refuse_at(key, e.what());
  }
}

void SourceConfig::refuse_at(std::string_view key, const std::string& why) const {
  m_section.refuse_at(key, fmt::format("the source {} cannot be used: {}", m_source.name, why));
}

/// Throws std::invalid_argument for a slip of the pen, of which no payment could be made.
void SourceConfig::check_currencies(const Currencies& currencies) const {
  for (const auto& [code, places] : m_mapping->minor_units) {
    require_currency(currencies, code, "minor_units");
  }
  for (const PaymentRule& rule : m_mapping->payments) {
    for (const std::string& text : rule.currency) {
      if (!has_place(text)) {
        require_currency(currencies, text, "payment.currency");
      }
    }
  }
}

/// Nothing must be missing, and settings must not contradict each other.
void SourceConfig::check_fit() const {
  if (!m_is_open && !m_signature) {
    refuse_at(
        "signature",
        R"(nothing says how it signs: name a preset, or write signature = "none" for one from whom anybody may send)");
  }
  if (!m_is_open && m_secrets.empty()) {
    refuse_at("secrets",
              fmt::format(R"(there is no secret: secrets = ["/etc/payhook/secrets/{}"])", name()));
  }
  if (m_is_open && !m_secrets.empty()) {
    refuse_at("secrets", R"(a source with signature = "none" has no use for secrets)");
  }
  const bool signs_fields = !m_is_open && m_signature && m_signature->scheme.signature_field;
  if (signs_fields && (m_source.gzip || !m_source.form_field.empty())) {
    refuse_at("signature", "a signature in the body is looked for in plain JSON only");
  }
  if (signs_fields && m_mapping && m_signature->scheme.items.value_or("") != m_mapping->items) {
    refuse_at("mapping", "the items that are signed are not those of the mapping");
  }
  if (m_source.acknowledgement.status == 204 && m_source.acknowledgement.body) {
    refuse_at("acknowledgement", "an answer 204 has no body");
  }
}

Scheme SourceConfig::scheme() const {
  Scheme scheme = m_signature->scheme;
  scheme.signed_content = SignedContent(m_signature->content, m_values);
  return scheme;
}

/// Adds to `notes` what is odd about them.
std::vector<Secret> SourceConfig::secrets(std::vector<std::string>& notes) const {
  std::vector<Secret> secrets;
  for (const ConfigSection::SecretFile& file : m_secrets) {
    const std::string text = read_secret_file(file.path);
    try {
      secrets.push_back({key(text), file.not_before.value_or(Timestamp::min()),
                         file.not_after.value_or(Timestamp::max())});
    } catch (const std::invalid_argument& e) {
      throw std::invalid_argument(fmt::format("{}: {}", file.path.string(), e.what()));
    }
    note_doubts(text, file.path.string(), notes);
  }
  return secrets;
}

SignatureKey SourceConfig::key(std::string_view text) const {
  if (text.starts_with(m_signature->key_prefix)) {
    text.remove_prefix(m_signature->key_prefix.size());
  }
  return {m_signature->scheme.algorithm, m_signature->key_encoding, text};
}

/// What may be a secret, but looks like a slip. Nothing of the secret is said.
void SourceConfig::note_doubts(std::string_view text, const std::string& file,
                               std::vector<std::string>& notes) const {
  if (m_signature->key_encoding == KeyEncoding::TEXT) {
    if (text.find_first_of("\r\n") != text.npos) {
      notes.push_back(fmt::format("{} has more than one line: all of it is the secret", file));
    } else if (trimmed(text) != text) {
      notes.push_back(fmt::format("{} begins or ends with a blank, a part of the secret", file));
    }
  }
  if (!text.starts_with(m_signature->key_prefix)) {
    notes.push_back(fmt::format("{} does not begin with {}, as such secrets do", file,
                                m_signature->key_prefix));
  }
}

}  // namespace payhook
