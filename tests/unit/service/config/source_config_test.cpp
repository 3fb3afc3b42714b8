#include "service/config/source_config.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <map>
#include <tuple>

#include "core/program_error.h"
#include "service/config/config.h"
#include "tests/support/temporary_directory.h"
#include "webhook/presets.h"

namespace payhook::test {

namespace {

/// A directory with a configuration and secrets.
struct Configured {
  Configured() {
    secret("one", "secret-of-one");
    secret("empty", "\n");
    secret("hex", "0g");
  }

  void secret(const std::string& name, const std::string& text, ::mode_t mode = 0640) const {
    std::ofstream(directory.path() / name) << text;
    ::chmod((directory.path() / name).c_str(), mode);
  }

  Config load(const std::string& toml) const {
    const auto file = directory.path() / "it.toml";
    std::ofstream(file) << toml;
    return load_config({&file, 1});
  }

  /// What is said of a wrong one, without the name of its file.
  std::string refusal(const std::string& toml) const {
    try {
      load(toml);
    } catch (const ProgramError& e) {
      const std::string what = e.what();
      const std::string file = (directory.path() / "it.toml").string();
      return what.starts_with(file) ? what.substr(file.size() + 1) : what;
    }
    return "accepted";
  }

  TemporaryDirectory directory;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(sources)

BOOST_AUTO_TEST_CASE(without_any_it_is_the_default_one_with_the_common_settings) {
  const Configured c;
  const Config config = c.load("responder.max_body_bytes = 7\nprocessor.delay_seconds = 9");
  BOOST_REQUIRE(config.sources.size() == 1U);
  const Source& source = *config.sources.front();
  BOOST_TEST(source.name == "default");
  BOOST_TEST(source.path() == "/v1/webhooks/transactions");
  BOOST_TEST(source.id_prefix == "");
  BOOST_TEST(!source.is_authentic());
  BOOST_TEST(source.max_body_bytes == 7U);
  BOOST_TEST(source.delay.count() == 9);
}

BOOST_AUTO_TEST_CASE(a_preset_lies_under_what_the_source_says_itself) {
  const Configured c;
  const Config config = c.load(R"(
    processor.delay_seconds = 9
    [[source]]
    name = "a"
    preset = "paystack"
    secrets = ["./one"]
    [[source]]
    name = "b"
    preset = "paystack"
    secrets = ["./one"]
    id_prefix = "B-"
    acknowledgement.status = 201
    max_body_bytes = 1000
    delay_seconds = 0
    unreadable = "refuse"
    [[source]]
    name = "default"
    signature = "none"
  )");
  BOOST_REQUIRE(config.sources.size() == 3U);
  const Source& a = *config.sources[0];
  const Source& b = *config.sources[1];
  BOOST_TEST(a.path() == "/v1/webhooks/a");
  BOOST_TEST(a.id_prefix == "a:");
  BOOST_TEST(a.acknowledgement.status == 200);
  BOOST_TEST(a.max_body_bytes == 1048576U);
  BOOST_TEST(a.delay.count() == 9);
  BOOST_TEST(a.keeps_unreadable);
  BOOST_TEST(a.is_authentic());
  BOOST_TEST(a.mapping != nullptr);
  BOOST_TEST(b.id_prefix == "B-");
  BOOST_TEST(b.acknowledgement.status == 201);
  BOOST_TEST(b.max_body_bytes == 1000U);
  BOOST_TEST(b.delay.count() == 0);
  BOOST_TEST(!b.keeps_unreadable);
  BOOST_TEST(config.max_body_bytes() == 1048576U);
  BOOST_TEST(config.least_delay().count() == 0);
  BOOST_TEST(a.notes.front() == "preset paystack, checked by: docs");
}

BOOST_AUTO_TEST_CASE(a_second_source_may_take_what_the_test_mode_of_a_provider_sends) {
  const Configured c;
  const Config config = c.load(R"(
    [[source]]
    name = "stripe"
    preset = "stripe"
    secrets = ["./one"]
    [[source]]
    name = "stripe-test"
    preset = "stripe"
    secrets = ["./one"]
    mapping.when = { "/livemode" = false }
  )");
  BOOST_REQUIRE(config.sources.size() == 2U);
  const auto id_of = [&config](std::size_t source, const std::string& live) {
    const std::string body =
        R"({"type": "payment_intent.succeeded", "data": {"object": {"id": "pi", "amount": 500, )"
        R"("currency": "eur"}}, "livemode": )" +
        live + "}";
    const Statements read = config.sources[source]->read(body, config.currencies);
    const auto* transaction = std::get_if<Transaction>(&read.statements.at(0).content);
    return transaction != nullptr ? transaction->transaction_id() : "no payment";
  };
  BOOST_TEST(id_of(0, "true") == "stripe:pi");
  BOOST_TEST(id_of(0, "false") == "no payment");
  BOOST_TEST(id_of(1, "true") == "no payment");
  BOOST_TEST(id_of(1, "false") == "stripe-test:pi");
}

BOOST_AUTO_TEST_CASE(each_preset_can_be_used) {
  const Configured c;
  c.secret("key", "whsec_c2VjcmV0");
  c.secret("hex-key", "0badc0de");
  c.secret("ed25519", "whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
  for (const Preset& preset : presets()) {
    const bool has_pem = preset.toml.find("\"pem\"") != preset.toml.npos;
    const std::string secret = preset.toml.find("\"hex\"\n\n[mapping") != preset.toml.npos
                                   ? "hex-key"
                               : preset.name == "standard-webhooks-v1a" ? "ed25519"
                                                                        : "key";
    const std::string outcome =
        c.refusal(fmt::format("[[source]]\nname = \"it\"\npreset = \"{}\"\nsecrets = [\"./{}\"]\n"
                              "values = {{ url = \"https://x.test/\", webhook_id = \"7\" }}\n",
                              preset.name, secret));
    BOOST_TEST_CONTEXT(preset.name) {
      if (has_pem) {
        BOOST_TEST(outcome.find("neither a public key nor a certificate in PEM") != outcome.npos,
                   outcome);
      } else {
        BOOST_TEST(outcome == "accepted");
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_secret_that_looks_like_a_slip_is_noted_without_being_told) {
  const Configured c;
  const std::string lines = " has more than one line: all of it is the secret";
  const std::string blank = " begins or ends with a blank, a part of the secret";
  const std::string prefix = " does not begin with whsec_, as such secrets do";
  const std::tuple<std::string, std::string, std::string> cases[] = {
      {"generic", "c2VjcmV0", ""},
      {"generic", "c2VjcmV0\n", ""},
      {"generic", "c2VjcmV0\r\n", ""},
      {"generic", "c2Vj cmV0", ""},
      {"generic", "c2VjcmV0\r", lines},
      {"generic", "c2VjcmV0\n\n", lines},
      {"generic", "c2Vj\ncmV0 ", lines},
      {"generic", " c2VjcmV0", blank},
      {"generic", "c2VjcmV0\t\n", blank},
      {"standard-webhooks", "whsec_c2VjcmV0\r\n", ""},
      {"standard-webhooks", "c2VjcmV0", prefix},
      {"svix", "c2VjcmV0", prefix},
  };
  for (const auto& [preset, secret, note] : cases) {
    c.secret("it", secret);
    const Config config = c.load(
        fmt::format("[[source]]\nname = \"it\"\npreset = \"{}\"\nsecrets = [\"./it\"]", preset));
    std::vector<std::string> expected{
        fmt::format("preset {}, checked by: {}", preset,
                    preset == "generic" ? "nobody: it is a form that many senders use" : "vector")};
    if (!note.empty()) {
      expected.push_back((c.directory.path() / "it").string() + note);
    }
    BOOST_TEST(config.sources.front()->notes == expected, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(a_secret_that_the_program_may_not_read_is_refused_with_who_must) {
  const Configured c;
  c.secret("closed", "secret", 0000);
  const std::string toml =
      "[[source]]\nname = \"it\"\npreset = \"generic\"\nsecrets = [\"./closed\"]";
  static_cast<void>(c.refusal(toml));
  ::chmod(c.directory.path().c_str(), 0755);
  // Root may read everything. Somebody else finds the file of the configuration that is there.
  const ::uid_t user = ::geteuid();
  BOOST_REQUIRE((user != 0 || ::seteuid(65534) == 0));
  const std::string refusal = c.refusal(toml);
  BOOST_REQUIRE(::seteuid(user) == 0);
  BOOST_TEST(refusal.find("/closed: Permission denied: it must be readable for the group _payhook: "
                          "chgrp _payhook /") != refusal.npos,
             refusal);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_meant_is_refused_with_what_to_do) {
  const Configured c;
  c.secret("open", "secret", 0644);
  c.secret("hex-key", "0badc0de");
  const std::string head = "[[source]]\nname = \"it\"\n";
  const std::string generic = head + "preset = \"generic\"\n";
  const std::pair<std::string, std::string> cases[] = {
      {"[[source]]\n", "1: a source needs a name"},
      {"[source]\nname = \"it\"", "1: source must be an array of tables: write [[source]]"},
      {"[[source]]\nname = \"transactions\"", "2: source.name is refused: use at most 64"},
      {"[[source]]\nname = \"a/b\"", "2: source.name is refused: use at most 64"},
      {head,
       "1: the source it cannot be used: nothing says how it signs: name a preset, or write "
       "signature = \"none\""},
      {head + "preset = \"nobody\"", "3: source.preset is refused: there are adyen"},
      {generic,
       "1: the source it cannot be used: there is no secret: secrets = "
       "[\"/etc/payhook/secrets/it\"]"},
      {generic + "secret = \"whsec_of_mine\"", "4: secret is no key: secrets = "},
      {generic + "secrets = [\"whsec_of_mine\"]", "4: source.secrets must name files in a"},
      {generic + "secrets = \"./one\"", "4: source.secrets must be an array"},
      {generic + "secrets = [\"./nothing\"]", "/nothing: No such file or directory"},
      {generic + "secrets = [\"./empty\"]", "/empty: it is empty"},
      {generic + "secrets = [\"./open\"]", "/open: everybody may read or write it"},
      {generic + "secrets = [{ credential = \"x\" }]",
       "4: source.secrets.credential names a credential, and there are none here: a service has"},
      {generic + "secrets = [{ credential = \"x/y\" }]",
       "4: source.secrets.credential must be the name of a credential, without a /"},
      {generic + "secrets = [{ file = \"./one\", not_after = 2026-01-01 }]",
       "4: source.secrets.not_after must be a time with its offset"},
      {generic + "secrets = [{ file = \"./one\", until = 1 }]",
       "4: unknown key 'source.secrets.until'"},
      {generic + "secrets = [\"./hex\"]\nsignature.key_encoding = \"hex\"",
       "/hex: the secret is not hexadecimal"},
      {generic + "secrets = [\"./one\"]\nsignature.algorithm = \"md5\"",
       "5: source.signature.algorithm must be \"hmac-sha256\" or "},
      {generic + "secrets = [\"./one\"]\nsignature.tolerance_seconds = 0",
       "5: source.signature.tolerance_seconds must be a whole number from 1 to"},
      {generic + "secrets = [\"./one\"]\nsignature.signed = \"{url}{body}\"",
       "5: the source it cannot be used: values.url is missing: values.url = \"…\"; beside values"},
      {generic + "secrets = [\"./one\"]\nsignature.signed = \"{}{body}\"", "'{}' is no place"},
      {head + "preset = \"square\"\nsecrets = [\"./one\"]",
       "1: the source it cannot be used: values.url is missing: values.url = \"…\""},
      {generic + "secrets = [\"./one\"]\nsignature.signed = \"{timestamp}{body}\"",
       "nothing says where {timestamp} is"},
      {generic + "signature.tolerance_seconds = 60",
       "4: tolerance_seconds has no effect: neither timestamp_header nor timestamp_label says"},
      {generic + "[source.signature]\nsigned = \"{body}\"\ntimestamp_unit = \"ms\"",
       "6: timestamp_unit has no effect"},
      {generic + "signature = { tolerance_seconds = 60, timestamp_headr = \"X-Time\" }",
       "4: unknown key 'source.signature.timestamp_headr'"},
      {generic + "signature.field = \"a\"",
       "4: source.signature.field is refused: a JSON Pointer begins with /"},
      {generic + "signature.header = \"X-Acme-Signature:\"",
       "4: source.signature.header is refused: \"X-Acme-Signature:\" is no header's name"},
      {generic + "signature.timestamp_header = [\"X-Time\", \"X Acme\"]",
       "4: source.signature.timestamp_header is refused: \"X Acme\" is no header's name"},
      {generic + "signature.id_header = \"X_Acme\"",
       "4: source.signature.id_header is refused: \"X_Acme\" has a _: nginx drops such headers"},
      {generic + "challenge.header = \"X:\"",
       "4: source.challenge.header is refused: \"X:\" is no"},
      {generic + "secrets = [\"./one\"]\nsignature.signed = \"{header:X_Id}{body}\"",
       "5: the source it cannot be used: \"X_Id\" has a _"},
      {head + "signature = \"off\"", "3: source.signature must be a table, or \"none\""},
      {head + "signature = \"none\"\nsecrets = [\"./one\"]",
       "a source with signature = \"none\" has no use for secrets"},
      {head + "signature = \"none\"\nacknowledgement.status = 203",
       "4: acknowledgement.status must be 200, 201, 202 or 204"},
      {head + "signature = \"none\"\nacknowledgement = { status = 500 }",
       "4: acknowledgement.status must be 200, 201, 202 or 204"},
      {head + "signature = \"none\"\nmapping.payment = [{}]",
       "4: nothing says what transaction_id is"},
      {head + "signature = \"none\"\nmapping.payment = [{ amount_unit = \"minor\" }]",
       "4: nothing says what transaction_id is"},
      {head + "signature = \"none\"\n[[source.mapping.payment]]\ntransaction_id = \"{/a}\"\n"
              "source_account = \"a\"\ndestination_account = \"b\"\namount = \"{/c}\"\n"
              "currency = \"EUR\"",
       "4: amount_unit is missing"},
      {head + "signature = \"none\"\nmapping.items = \"items\"", "a JSON Pointer begins with /"},
      {head + "signature = \"none\"\nmapping.when = { \"/a\" = 1.5 }",
       "must be a string, a whole number or a boolean"},
      {head + "signature = \"none\"\n[[source]]\nname = \"it\"\nsignature = \"none\"",
       "4: the source it is there already"},
      {head + "signature = \"none\"\n[[source]]\nname = \"b\"\nsignature = \"none\"\n"
              "id_prefix = \"it\"",
       "4: the id_prefix of the source b begins as that of it"},
      {head + "signature = \"none\"\nmapping.minor_units = { KWR = 2 }",
       "4: the source it cannot be used: mapping.minor_units has KWR, which is neither a currency"},
      {head + "signature = \"none\"\nmapping.when = { \"/a\" = [] }",
       "4: source.mapping.when./a is refused: a condition without a value never holds"},
      {head + "signature = \"none\"\nmapping.when = { \"{/a}\" = 1 }",
       "4: source.mapping.when.{/a} is refused: a JSON Pointer begins with /"},
      {head + "signature = \"none\"\nid_prefix = \"a b\"", "use at most 64 visible characters"},
      {head + "signature = \"none\"\nacknowledgement = { status = 204, body = \"x\" }",
       "an answer 204 has no body"},
      {head + "preset = \"adyen\"\nsecrets = [\"./hex-key\"]\nmapping.items = \"/other\"",
       "the items that are signed are not those of the mapping"},
      {head + "preset = \"adyen\"\nsecrets = [\"./hex-key\"]\ngzip = true",
       "a signature in the body is looked for in plain JSON only"},
      {head + "signature = \"none\"\nmaping = 1",
       "4: unknown key 'source.maping'; the keys here are: name, preset, signature, values, "
       "secrets, mapping, handler, id_prefix, unreadable, acknowledgement, challenge, "
       "content_types, "
       "form_field, gzip, max_body_bytes, answer_within_seconds, delay_seconds"},
      {generic + "max_body_byte = 1",
       "4: unknown key 'source.max_body_byte'; the keys here are: name, preset, signature, values, "
       "secrets, mapping, handler, id_prefix, unreadable, acknowledgement, challenge, "
       "content_types, "
       "form_field, gzip, max_body_bytes, answer_within_seconds, delay_seconds"},
      {"[[source]]\nnme = \"it\"", "2: unknown key 'source.nme'"},
      {head + "signature = \"none\"\nmapping.payment = [{ amount_units = \"minor\" }]",
       "4: unknown key 'source.mapping.payment.amount_units'; the keys here are: when, "
       "transaction_id, source_account, destination_account, amount, amount_unit, currency"},
  };
  for (const auto& [toml, why] : cases) {
    const std::string refusal = c.refusal(toml);
    BOOST_TEST_CONTEXT(toml) {
      BOOST_TEST((refusal.starts_with(why) || refusal.find(why) != refusal.npos), refusal);
      BOOST_TEST(refusal.find("whsec_of_mine") == refusal.npos, refusal);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_mapping_that_would_make_one_transaction_of_all_is_refused_where_it_stands) {
  const Configured c;
  const auto with = [](const std::string& key, const std::string& value) {
    std::map<std::string, std::string> values{
        {"transaction_id", "\"{/id}\""},   {"source_account", "\"guest\""},
        {"destination_account", "\"it\""}, {"amount", "\"{/amount}\""},
        {"amount_unit", "\"major\""},      {"currency", "\"USDT\""}};
    values[key] = value;
    std::string toml =
        "currencies.USDT = 6\n[[source]]\nname = \"it\"\nsignature = \"none\"\n"
        "[[source.mapping.payment]]\n";
    for (const auto& [name, text] : values) {
      toml += fmt::format("{} = {}\n", name, text);
    }
    return toml;
  };
  const std::string place = "is refused: it must have a place in braces, as \"{/data/id}\"";
  const std::string braces = R"(is refused: "/a" is itself, and no field: write "{/a}")";
  const std::string unknown = ", which is neither a currency of ISO 4217 that payments are made in";
  const std::tuple<std::string, std::string, std::string> cases[] = {
      {"currency", R"("usdt")", "accepted"},
      {"currency", R"(["{/currency}", "EUR"])", "accepted"},
      {"source_account", R"("a/b")", "accepted"},
      {"source_account", R"("/a/{/b}")", "accepted"},
      {"amount", R"(["{/paid}", "{/due}"])", "accepted"},
      {"transaction_id", R"("id")", "11: source.mapping.payment.transaction_id " + place},
      {"transaction_id", R"(["one", "two"])", "11: source.mapping.payment.transaction_id " + place},
      {"transaction_id", R"("/a")", "11: source.mapping.payment.transaction_id " + braces},
      {"amount", R"("5.00")", "6: source.mapping.payment.amount " + place},
      {"amount", R"(["{/amount}", "/a"])", "6: source.mapping.payment.amount " + braces},
      {"source_account", R"(["{/b}", "/a"])",
       "10: source.mapping.payment.source_account " + braces},
      {"destination_account", R"("/a")", "9: source.mapping.payment.destination_account " + braces},
      {"currency", R"("/a")", "8: source.mapping.payment.currency " + braces},
      {"currency", R"("EURO")",
       "5: the source it cannot be used: mapping.payment.currency has EURO" + unknown},
      {"currency", R"(["{/currency}", "XXX"])",
       "5: the source it cannot be used: mapping.payment.currency has XXX" + unknown},
      {"amount", R"("{/a")", "6: source.mapping.payment.amount is refused: it has a brace without"},
      {"amount", R"("{a}")", "6: source.mapping.payment.amount is refused: a JSON Pointer begins"},
  };
  for (const auto& [key, value, outcome] : cases) {
    const std::string refusal = c.refusal(with(key, value));
    BOOST_TEST_CONTEXT(key << " = " << value) { BOOST_TEST(refusal.starts_with(outcome), refusal); }
  }
  BOOST_TEST(c.refusal("[[source]]\nname = \"it\"\nsignature = \"none\"\nmapping.event = \"/a\"")
                 .starts_with("4: source.mapping.event " + braces));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
