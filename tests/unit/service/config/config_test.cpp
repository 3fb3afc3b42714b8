#include "service/config/config.h"

#include <sysexits.h>

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <string>
#include <vector>

#include "core/program_error.h"
#include "core/sha256.h"
#include "payment/invalid_field.h"
#include "tests/support/temporary_directory.h"

namespace payhook {

namespace {

struct ConfigFiles {
  std::filesystem::path write(const std::string& name, const std::string& text) const {
    std::filesystem::path file = directory.path() / name;
    std::ofstream(file) << text;
    return file;
  }

  Config load(const std::string& text) const {
    const std::filesystem::path file = write("payhook.toml", text);
    return load_config({&file, 1});
  }

  std::string refusal_of(const std::vector<std::filesystem::path>& files) const {
    try {
      load_config(files);
      return "accepted";
    } catch (const ProgramError& e) {
      BOOST_TEST(e.exit_status() == EX_CONFIG);
      return e.what();
    }
  }

  /// The refusal without the directory's name.
  std::string refusal(const std::string& text) const {
    std::string message = refusal_of({write("payhook.toml", text)});
    const std::string prefix = directory.path().string() + "/";
    if (message.starts_with(prefix)) {
      message.erase(0, prefix.size());
    }
    return message;
  }

  test::TemporaryDirectory directory;
};

/// An absolute path of so many bytes.
std::string path_of(std::size_t bytes) { return "/" + std::string(bytes - 1, 'x'); }

void check_defaults(const Config& config) {
  BOOST_TEST(config.database == "/var/lib/payhook/db.sqlite");
  BOOST_TEST(config.responder.listen == "/run/payhook/fcgi.sock");
  BOOST_TEST(config.responder.max_body_bytes == 65536U);
  BOOST_TEST((config.responder.conflicting_duplicate == ConflictAnswer::ACCEPT));
  BOOST_TEST(config.reading.tokens.empty());
  BOOST_TEST(config.operating.tokens.empty());
  BOOST_TEST(config.processor.delay.count() == 30);
  BOOST_TEST(config.processor.handlers_at_once == 8U);
  BOOST_TEST(config.processor.stop_grace.count() == 10);
  BOOST_TEST(!config.handlers.has_any());
  BOOST_TEST(config.retention.bodies.count() == 90);
  BOOST_TEST(!config.retention.processed);
  BOOST_TEST(config.retention.archive == "/var/lib/payhook/archive");
  BOOST_TEST((config.log.transaction_ids == log::TransactionIds::HASHED));
  BOOST_CHECK_THROW(config.currencies.find("USDT"), InvalidField);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(config, ConfigFiles)

BOOST_AUTO_TEST_CASE(the_archive_is_beside_the_database_where_nothing_else_is_said) {
  BOOST_TEST(load("database = \"/srv/p/db\"").retention.archive == "/srv/p/archive");
  const Config config =
      load("[retention]\nbodies_days = 2\nprocessed_days = 3\narchive = \"/a\"\n");
  BOOST_TEST(config.retention.bodies.count() == 2);
  BOOST_TEST(config.retention.processed.value().count() == 3);
  BOOST_TEST(config.retention.archive == "/a");
}

BOOST_AUTO_TEST_CASE(every_key_has_a_default) {
  for (const Config& config : {load_config({}), load("")}) {
    check_defaults(config);
  }
}

BOOST_AUTO_TEST_CASE(the_installed_file_lists_every_key_with_its_default) {
  std::ifstream file(PAYHOOK_SOURCE_DIR "/service/config/payhook.toml");
  std::string installed;
  std::string set = "\n";
  for (std::string line; std::getline(file, line);) {
    installed += line + '\n';
    const bool is_key = line.size() > 1 && line[0] == '#' && line[1] >= 'a' && line[1] <= 'z';
    set += line.substr(is_key ? 1 : 0) + '\n';
  }
  check_defaults(load(installed));
  check_defaults(load(set));
  for (const std::string key :
       {"database", "listen", "max_body_bytes", "conflicting_duplicate", "delay_seconds",
        "handlers_at_once", "stop_grace_seconds", "transaction_id"}) {
    BOOST_TEST(set.find("\n" + key + " = ") != std::string::npos, key);
  }
}

BOOST_AUTO_TEST_CASE(every_key_can_be_set) {
  const Config config = load(R"(
    database = "/srv/pay hook/db.sqlite"
    [responder]
    listen = "/tmp/fcgi.sock"
    max_body_bytes = 1024
    conflicting_duplicate = "reject"
    [processor]
    delay_seconds = 0
    [currencies]
    USDT = 6
    jpy = 2
  )");
  BOOST_TEST(config.database == "/srv/pay hook/db.sqlite");
  BOOST_TEST(config.responder.listen == "/tmp/fcgi.sock");
  BOOST_TEST(config.responder.max_body_bytes == 1024U);
  BOOST_TEST((config.responder.conflicting_duplicate == ConflictAnswer::REJECT));
  BOOST_TEST(config.processor.delay.count() == 0);
  BOOST_TEST(config.currencies.find("usdt").minor_units == 6);
  BOOST_TEST(config.currencies.find("JPY").minor_units == 2);
}

BOOST_AUTO_TEST_CASE(tokens_are_read_from_files_that_others_may_not_read) {
  const auto token_file = [this](const std::string& name, const std::string& text) {
    const auto file = write(name, text);
    std::filesystem::permissions(file, std::filesystem::perms(0640));
    return "\"" + file.string() + "\"";
  };
  const std::string one = token_file("one", "0123456789abcdef\n");
  const std::string two = token_file("two", "another+token/of~32._-characters=");
  const Config config =
      load("[reading]\ntokens = [" + one + ", " + two + "]\n[operating]\ntokens = [" + two + "]");
  const auto check = [](const TokensConfig::Token& token, const std::string& name,
                        const std::string& text) {
    BOOST_TEST(token.name == name);
    BOOST_TEST(token.hash == sha256_of(text));
  };
  BOOST_REQUIRE(config.reading.tokens.size() == 2U);
  check(config.reading.tokens[0], "one", "0123456789abcdef");
  check(config.reading.tokens[1], "two", "another+token/of~32._-characters=");
  BOOST_REQUIRE(config.operating.tokens.size() == 1U);
  check(config.operating.tokens[0], "two", "another+token/of~32._-characters=");
  const std::string array = "2: reading.tokens must be an array of at least one path";
  const std::string token =
      " must hold one token of at least 16 letters, digits and -._~+/=: make one ";
  std::filesystem::create_directory(directory.path() / "directory");
  write("open", "0123456789abcdef");
  token_file("a\x7f", "0123456789abcdef");
  const std::pair<std::string, std::string> table[] = {
      {"[]", array},
      {one, array},
      {"[1]", "2: reading.tokens must name files in a directory that is there"},
      {"[\"0123456789\"]", "2: reading.tokens must name files in a directory that is there"},
      {"[{credential = \"a\"}]",
       "2: reading.tokens.credential names a credential, and there are none"},
      {"[{file = " + one + ", not_after = 2026-01-01T00:00:00Z}]", "and has no times"},
      {"[\"/0123456789/abc=\"]", "2: reading.tokens must name files in a directory that is there"},
      {"[\"/0123456789\"]", "2: reading.tokens must name files in a directory that is there"},
      {"[\"" + (directory.path() / "none").string() + "\"]", "/none: No such file"},
      {"[\"" + (directory.path() / "directory").string() + "\"]", ": it is no regular file"},
      {"[\"" + (directory.path() / "open").string() + "\"]",
       ": everybody may read or write it: chmod o-rw /"},
      {"[" + token_file("empty", "\n") + "]", ": it is empty"},
      {"[" + token_file("large", std::string(65537, 'x')) + "]", ": it has more than 65536 bytes"},
      {"[" + token_file("short", "0123456789abcde") + "]", token},
      {"[" + token_file("two lines", "0123456789abcdef\n0123456789abcdef") + "]", token},
      {"[" + one + ", " + token_file("spaces", "0123456789 abcdef") + "]", token},
      {"[" + one + ", " + token_file("directory/one", "another+token/of") + "]",
       ": two of the files are named one, and a token is known by the name of its file"},
      {"[\"" + (directory.path() / "a").string() + "\\u007f\"]",
       ": a token's file must not have control characters in its name"},
  };
  for (const auto& [tokens, expected] : table) {
    const std::string message = refusal("[reading]\ntokens = " + tokens);
    BOOST_TEST(message.starts_with("payhook.toml:2: reading.tokens"), message);
    BOOST_TEST(message.find(expected) != std::string::npos, message);
    BOOST_TEST(message.find("0123456789") == std::string::npos, message);
  }
}

BOOST_AUTO_TEST_CASE(currencies_may_be_an_inline_table) {
  BOOST_TEST(load("currencies = { USDT = 6 }").currencies.find("USDT").minor_units == 6);
}

BOOST_AUTO_TEST_CASE(a_later_file_replaces_single_keys_of_an_earlier_one) {
  const Config config = load_config(std::vector{
      write("1.toml",
            "database = \"/one\"\n[responder]\nmax_body_bytes = 1\nlisten = \"/l1\"\n"
            "conflicting_duplicate = \"reject\"\n[currencies]\nAAA = 1\nBBB = 1\n"),
      write("2.toml", "[responder]\nmax_body_bytes = 2\n[currencies]\nbbb = 2\nCCC = 2\n"),
      write("3.toml", "[responder]\nconflicting_duplicate = \"accept\"\n"),
  });
  BOOST_TEST(config.database == "/one");
  BOOST_TEST(config.responder.listen == "/l1");
  BOOST_TEST(config.responder.max_body_bytes == 2U);
  BOOST_TEST((config.responder.conflicting_duplicate == ConflictAnswer::ACCEPT));
  BOOST_TEST(config.currencies.find("AAA").minor_units == 1);
  BOOST_TEST(config.currencies.find("BBB").minor_units == 2);
  BOOST_TEST(config.currencies.find("CCC").minor_units == 2);
}

BOOST_AUTO_TEST_CASE(an_unknown_key_is_refused_with_its_line_and_the_keys_that_exist) {
  BOOST_TEST(refusal("\n\ndatabse = \"/x\"\n") ==
             "payhook.toml:3: unknown key 'databse'; the keys here are: database, responder, "
             "reading, operating, processor, handler, retention, log, currencies, source");
  BOOST_TEST(refusal("[responder]\nlisten = \"/x\"\nthreads = 2\n") ==
             "payhook.toml:3: unknown key 'responder.threads'; the keys here are: listen, "
             "max_body_bytes, conflicting_duplicate");
  BOOST_TEST(refusal("[processor]\ndelay = 2\n") ==
             "payhook.toml:2: unknown key 'processor.delay'; the keys here are: delay_seconds, "
             "handlers_at_once, stop_grace_seconds");
  BOOST_TEST(refusal("[retention]\ndays = 2\n") ==
             "payhook.toml:2: unknown key 'retention.days'; the keys here are: events_days, "
             "quarantine_days, bodies_days, processed_days, archive");
  BOOST_TEST(refusal("[respnder]\n").starts_with("payhook.toml:1: unknown key 'respnder'"));
}

BOOST_AUTO_TEST_CASE(the_refusal_names_the_file_that_is_wrong) {
  const auto good = write("good.toml", "database = \"/x\"\n");
  const auto bad = write("bad.toml", "\nx = 1\n");
  BOOST_TEST(refusal_of({good, bad}).starts_with(bad.string() + ":2: unknown key 'x'"));
}

BOOST_AUTO_TEST_CASE(wrong_types_and_values_are_refused_with_line_and_key) {
  const std::string path = "must be a string holding an absolute path";
  const std::string file = "must be the path of a file, without a NUL character";
  const std::string bytes = "responder.max_body_bytes must be a whole number from 1 to 1048576";
  const std::string delay = "processor.delay_seconds must be a whole number from 0 to 31622400";
  const std::string conflict = R"(responder.conflicting_duplicate must be "accept" or "reject")";
  const std::pair<std::string, std::string> table[] = {
      {"database = 1", "1: database " + path},
      {"database = \"db.sqlite\"", "1: database " + path},
      {"database = \"\"", "1: database " + path},
      {"database = [\"/x\"]", "1: database " + path},
      {"database = \"/x\\u0000y\"", "1: database " + file},
      {"database = \"/x\\u0000\"", "1: database " + file},
      {"database = \"/\"", "1: database " + file},
      {"database = \"/srv/payhook/\"", "1: database " + file},
      {"database = \"" + path_of(505) + "\"", "1: database must be at most 504 bytes long"},
      {"[responder]\nlisten = \":9000\"", "2: responder.listen " + path},
      {"[responder]\nlisten = \"/run/x\\u0000y\"", "2: responder.listen " + file},
      {"[responder]\nlisten = \"/run/payhook/\"", "2: responder.listen " + file},
      {"[responder]\nlisten = \"" + path_of(108) + "\"",
       "2: responder.listen must be at most 107 bytes long"},
      {"[responder]\nmax_body_bytes = 0", "2: " + bytes},
      {"[responder]\nmax_body_bytes = -1", "2: " + bytes},
      {"[responder]\nmax_body_bytes = 1048577", "2: " + bytes},
      {"[responder]\nmax_body_bytes = 9223372036854775807", "2: " + bytes},
      {"[responder]\nmax_body_bytes = 65536.0", "2: " + bytes},
      {"[responder]\nmax_body_bytes = \"65536\"", "2: " + bytes},
      {"[responder]\nmax_body_bytes = true", "2: " + bytes},
      {"[responder]\nconflicting_duplicate = \"Reject\"", "2: " + conflict},
      {"[responder]\nconflicting_duplicate = \"\"", "2: " + conflict},
      {"[responder]\nconflicting_duplicate = true", "2: " + conflict},
      {"[processor]\ndelay_seconds = -1", "2: " + delay},
      {"[processor]\ndelay_seconds = 31622401", "2: " + delay},
      {"[processor]\ndelay_seconds = 0.5", "2: " + delay},
      {"[processor]\ndelay_seconds = nan", "2: " + delay},
      {"[currencies]\nUSDT = 13", "2: currencies.USDT must be a whole number from 0 to 12"},
      {"[currencies]\nUSDT = \"6\"", "2: currencies.USDT must be a whole number from 0 to 12"},
      {"[currencies]\n\n\"US$\" = 2",
       "3: 'US$' is no currency code: use 3 to 16 letters and digits"},
      {"[currencies]\nusdt = 6\nEUR = 2\nUSDT = 6",
       "2: currencies.usdt is there already, in another case"},
      {"currencies = {Usdt = 6, uSDT = 8}", "1: currencies.uSDT is there already, in another case"},
      {"responder = 1", "1: responder must be a table"},
      {"processor = [1]", "1: processor must be a table"},
      {"[[currencies]]", "1: currencies must be a table"},
  };
  for (const auto& [text, expected] : table) {
    BOOST_TEST_CONTEXT(text) { BOOST_TEST(refusal(text) == "payhook.toml:" + expected); }
  }
}

BOOST_AUTO_TEST_CASE(the_bounds_themselves_are_accepted) {
  BOOST_TEST(load("[responder]\nmax_body_bytes = 1").responder.max_body_bytes == 1U);
  BOOST_TEST(load("[responder]\nmax_body_bytes = 1048576").responder.max_body_bytes == 1048576U);
  BOOST_TEST(load("database = \"" + path_of(504) + "\"").database == path_of(504));
  BOOST_TEST(load("responder.listen = \"" + path_of(107) + "\"").responder.listen == path_of(107));
  BOOST_TEST(load("[processor]\ndelay_seconds = 31622400").processor.delay.count() == 31622400);
  BOOST_TEST(load("[currencies]\nWEI = 12").currencies.find("WEI").minor_units == 12);
}

BOOST_AUTO_TEST_CASE(a_syntax_error_is_refused_with_its_line) {
  for (const auto* text : {"\n\ndatabase = ", "\n\n= 1", "\n\n[responder", "\n\na b",
                           "\n\ndatabase = \"\xff\"", "\n\ndatabase = \"/x"}) {
    BOOST_TEST_CONTEXT(text) { BOOST_TEST(refusal(text).starts_with("payhook.toml:3: ")); }
  }
  BOOST_TEST(refusal("database = \"/a\"\ndatabase = \"/b\"\n").starts_with("payhook.toml:2: "));
}

BOOST_AUTO_TEST_CASE(levels_without_end_are_refused_with_their_line) {
  for (const std::string level : {"a.", "[", "{a=", "[{a.b=", "[a."}) {
    std::string text = "\n\nx = ";
    for (int i = 0; i < 100'000; ++i) {
      text += level;
    }
    BOOST_TEST(refusal(text) == "payhook.toml:3: a key or value with too many levels", level);
  }
}

BOOST_AUTO_TEST_CASE(a_file_may_have_a_mebibyte_and_no_more) {
  const std::string most(1 << 20, '\n');
  check_defaults(load(most));
  BOOST_TEST(refusal(most + "\n").ends_with(": it has more than 1048576 bytes"));
  BOOST_TEST(refusal_of({"/dev/zero"}).ends_with(": it has more than 1048576 bytes"));
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_read_is_refused_with_the_reason) {
  const auto missing = directory.path() / "missing.toml";
  BOOST_TEST(refusal_of({missing}) == "cannot read the configuration file " + missing.string() +
                                          ": No such file or directory");
  const auto file = write("file", "");
  BOOST_TEST(refusal_of({file / "x.toml"}).ends_with(": Not a directory"));
  BOOST_TEST(refusal_of({""}).starts_with("cannot read the configuration file"));
}

BOOST_AUTO_TEST_CASE(a_directory_given_as_file_is_refused) {
  BOOST_TEST(refusal_of({directory.path()}) == "cannot read the configuration file " +
                                                   directory.path().string() + ": Is a directory");
}

BOOST_AUTO_TEST_CASE(a_path_that_cannot_even_be_looked_up_is_refused_like_any_other) {
  const auto too_long = directory.path() / std::string(300, 'x');
  BOOST_TEST(refusal_of({too_long}).ends_with(": File name too long"));
  const auto loop = directory.path() / "loop";
  std::filesystem::create_symlink(loop, loop);
  BOOST_TEST(refusal_of({loop}).ends_with(": Too many levels of symbolic links"));
}

BOOST_AUTO_TEST_CASE(what_the_log_shows_of_ids_is_a_choice) {
  BOOST_TEST(
      (load("log.transaction_id = \"hash\"").log.transaction_ids == log::TransactionIds::HASHED));
  BOOST_TEST(
      (load("log.transaction_id = \"omit\"").log.transaction_ids == log::TransactionIds::OMITTED));
  BOOST_TEST(refusal("[log]\ntransaction_id = \"plain\"") ==
             "payhook.toml:2: log.transaction_id must be \"hash\" or \"omit\"");
}

BOOST_AUTO_TEST_CASE(a_directory_has_payhook_toml_and_then_conf_d_by_name) {
  BOOST_TEST(config_files_in(directory.path()).empty());
  BOOST_TEST(config_files_in(directory.path() / "nothing").empty());
  std::filesystem::create_directory(directory.path() / "conf.d");
  std::vector<std::filesystem::path> expected;
  for (const auto* name : {"conf.d/20-b.toml", "conf.d/note.txt", "conf.d/30-a.toml.dpkg-old",
                           "conf.d/10-c.toml", "conf.d/9-d.toml"}) {
    write(name, "");
  }
  for (const auto* name : {"conf.d/10-c.toml", "conf.d/20-b.toml", "conf.d/9-d.toml"}) {
    expected.push_back(directory.path() / name);
  }
  BOOST_TEST((config_files_in(directory.path()) == expected));
  expected.insert(expected.begin(), write("payhook.toml", ""));
  BOOST_TEST((config_files_in(directory.path()) == expected));
}

BOOST_AUTO_TEST_CASE(a_file_where_a_directory_should_be_is_refused) {
  write("conf.d", "");
  BOOST_CHECK_THROW(config_files_in(directory.path()), ProgramError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook
