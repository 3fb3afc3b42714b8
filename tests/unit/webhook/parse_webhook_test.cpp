#include "webhook/parse_webhook.h"

#include <boost/test/unit_test.hpp>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "payment/invalid_field.h"

namespace payhook {

namespace {

using namespace std::string_literals;

const std::string k_missing = "Missing required fields";
const std::string k_invalid_json = "Invalid JSON";
const std::string k_amount_type = "Invalid amount: must be a number or a string holding one";

const char* const k_fields[] = {"transaction_id", "source_account", "destination_account", "amount",
                                "currency"};
const char* const k_text_fields[] = {"transaction_id", "source_account", "destination_account"};

std::string quoted(const std::string& inside) { return '"' + inside + '"'; }

std::string times(int count, const std::string& text) {
  std::string all;
  for (int i = 0; i < count; ++i) {
    all += text;
  }
  return all;
}

/// A webhook's body, of which a test changes what it is about. Values are JSON.
struct Body {
  Body& set(const std::string& field, const std::string& json) {
    values[field] = json;
    return *this;
  }
  Body& remove(const std::string& field) {
    values.erase(field);
    return *this;
  }

  std::string text() const {
    std::string members;
    for (const auto& [field, json] : values) {
      members += (members.empty() ? "" : ", ") + quoted(field) + ": " + json;
    }
    return "{" + members + (members.empty() || rest.empty() ? "" : ", ") + rest + "}";
  }

  std::map<std::string, std::string> values = {{"transaction_id", R"("txn_1")"},
                                               {"source_account", R"("acc_1")"},
                                               {"destination_account", R"("acc_2")"},
                                               {"amount", "1500.50"},
                                               {"currency", R"("INR")"}};
  std::string rest;
};

/// What the sender is told.
std::string answer(const std::string& body) {
  try {
    static_cast<void>(parse_webhook(body, Currencies()));
    return "accepted";
  } catch (const InvalidWebhook& e) {
    return e.what();
  } catch (const InvalidField& e) {
    return e.what();
  }
}

std::string answer(const Body& body) { return answer(body.text()); }

Transaction parsed(const Body& body) { return parse_webhook(body.text(), Currencies()); }

}  // namespace

BOOST_AUTO_TEST_SUITE(webhooks)

BOOST_AUTO_TEST_CASE(five_fields_make_a_transaction) {
  const Transaction transaction = parsed(Body());
  BOOST_TEST(transaction.transaction_id() == "txn_1");
  BOOST_TEST(transaction.source_account() == "acc_1");
  BOOST_TEST(transaction.destination_account() == "acc_2");
  BOOST_TEST(transaction.amount().decimal() == "1500.5");
  BOOST_TEST(transaction.amount().minor() == 150050);
  BOOST_TEST(transaction.currency() == "INR");
}

BOOST_AUTO_TEST_CASE(white_space_and_order_do_not_matter) {
  BOOST_TEST(answer("\r\n\t {\"currency\" :\n\"INR\",\"amount\":\t1 ,\"destination_account\":\"b\","
                    "\"source_account\":\"a\",\"transaction_id\":\"t\"}\n\n") == "accepted");
}

BOOST_AUTO_TEST_CASE(other_fields_are_ignored_whatever_they_hold) {
  for (const auto* rest :
       {R"("note": "x")", R"("note": null)", R"("note": {"amount": -1, "currency": "???"})",
        R"("note": 1e999)", R"("note": -1e-999999999999)", R"("note": [1e999, {"a": 1e400}])",
        R"("note": 123456789012345678901234567890)", R"("note": -9223372036854775809)",
        R"("note": 18446744073709551616)", R"("": 0)", R"("AMOUNT": "x")", R"("amount ": "x")",
        R"("note": "\u0000\u0007\u0085")", R"("a\u0000mount": 7)"}) {
    Body body;
    body.rest = rest;
    BOOST_TEST_CONTEXT(rest) {
      BOOST_REQUIRE_EQUAL(answer(body), "accepted");
      BOOST_TEST(parsed(body).amount().decimal() == "1500.5");
    }
  }
}

BOOST_AUTO_TEST_CASE(a_field_that_is_absent_null_or_empty_is_missing) {
  for (const auto* field : k_fields) {
    BOOST_TEST_CONTEXT(field) {
      BOOST_TEST(answer(Body().remove(field)) == k_missing);
      BOOST_TEST(answer(Body().set(field, "null")) == k_missing);
      BOOST_TEST(answer(Body().set(field, R"("")")) == k_missing);
    }
  }
  BOOST_TEST(answer("{}"s) == k_missing);
  BOOST_TEST(answer(R"({"Transaction_ID": "t"})"s) == k_missing);
}

BOOST_AUTO_TEST_CASE(missing_is_told_before_invalid) {
  for (const auto* missing : k_fields) {
    Body body;
    for (const auto* field : k_fields) {
      body.set(field, "[]");
    }
    BOOST_TEST_CONTEXT(missing) { BOOST_TEST(answer(body.remove(missing)) == k_missing); }
  }
}

BOOST_AUTO_TEST_CASE(texts_are_strings) {
  for (const auto* field : k_text_fields) {
    for (const auto* json : {"1", "0", "-1.5", "true", "false", "[]", "{}", R"(["x"])", "1e999"}) {
      BOOST_TEST_CONTEXT(field << " " << json) {
        BOOST_TEST(answer(Body().set(field, json)) == "Invalid "s + field + ": must be a string");
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(texts_have_at_most_255_bytes) {
  const std::string euro = "\xe2\x82\xac";
  std::string euros;
  std::string escaped_euros;
  for (int i = 0; i < 85; ++i) {
    euros += euro;
    escaped_euros += R"(\u20ac)";
  }
  for (const auto* field : k_text_fields) {
    const std::string too_long = "Invalid "s + field + ": longer than 255 bytes";
    BOOST_TEST_CONTEXT(field) {
      BOOST_TEST(answer(Body().set(field, quoted(std::string(255, 'x')))) == "accepted");
      BOOST_TEST(answer(Body().set(field, quoted(std::string(256, 'x')))) == too_long);
      BOOST_TEST(answer(Body().set(field, quoted(euros))) == "accepted");
      BOOST_TEST(answer(Body().set(field, quoted(euros + "x"))) == too_long);
      BOOST_TEST(answer(Body().set(field, quoted(escaped_euros))) == "accepted");
      BOOST_TEST(answer(Body().set(field, quoted(escaped_euros + "x"))) == too_long);
      for (const auto* character : {"x", R"(\n)", R"(\")", R"(\u0041)", R"(\u0000)", "\xc3\xa9"}) {
        BOOST_TEST(answer(Body().set(field, quoted(times(2000, character)))) == too_long);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(texts_may_be_in_any_script_and_are_kept_as_they_are) {
  BOOST_TEST(parsed(Body().set("transaction_id", "\"\xe2\x82\xac \xf0\x9f\x98\x80 /?%\""))
                 .transaction_id() == "\xe2\x82\xac \xf0\x9f\x98\x80 /?%");
  BOOST_TEST(
      parsed(Body().set("transaction_id", R"("\u20ac\ud83d\uDE00\/\"\\")")).transaction_id() ==
      "\xe2\x82\xac\xf0\x9f\x98\x80/\"\\");
  // No normalization: a composed and a decomposed letter are two ids.
  BOOST_TEST(parsed(Body().set("transaction_id", "\"\xc3\xa9\"")).transaction_id() !=
             parsed(Body().set("transaction_id", "\"e\xcc\x81\"")).transaction_id());
}

BOOST_AUTO_TEST_CASE(texts_hold_no_control_characters_however_they_are_written) {
  for (const auto* field : k_text_fields) {
    for (const auto* text :
         {R"(\u0000)", R"(a\u0000)", R"(\n)", R"(a\tb)", R"(\u001f)", R"(\u007f)", "\x7f",
          R"(\u0080)", R"(\u0085)", R"(\u009f)", "\xc2\x85"}) {
      BOOST_TEST_CONTEXT(field << " " << text) {
        BOOST_TEST(answer(Body().set(field, quoted(text))) ==
                   "Invalid "s + field + ": contains a control character");
      }
    }
    for (const auto* text : {R"(\u00a0)", R"(\u2028)", "\xc2\xa0", " "}) {
      BOOST_TEST_CONTEXT(field << " " << text) {
        BOOST_TEST(answer(Body().set(field, quoted(text))) == "accepted");
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(an_amount_is_read_from_its_text_and_never_rounded) {
  const std::pair<std::string, std::string> table[] = {
      {"500", "500.0"},
      {"1500.50", "1500.5"},
      {"0.10", "0.1"},
      {"1234567890123456.78", "1234567890123456.78"},
      {"9007199254740993", "9007199254740993.0"},
      {"5e2", "500.0"},
      {"5E-2", "0.05"},
      {R"("500")", "500.0"},
      {R"("500.00")", "500.0"},
      {R"("1234567890123456.78")", "1234567890123456.78"},
      {R"("5e2")", "500.0"},
      {R"("\u0035\u0030")", "50.0"},
      {"0.5" + std::string(2000, '0'), "0.5"},
      {quoted("0.5" + std::string(2000, '0')), "0.5"},
      {quoted("\\u0030.\\u0035" + std::string(2000, '0') + "\\u0065\\u0031"), "5.0"},
  };
  for (const auto& [json, decimal] : table) {
    BOOST_TEST_CONTEXT(json) {
      BOOST_TEST(parsed(Body().set("amount", json)).amount().decimal() == decimal);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_amount_is_found_behind_characters_of_several_bytes) {
  const std::string body =
      "{\"n\xc3\xb6te\": \"\xf0\x9f\x98\x80 \\\" 77 \\u20ac\", \"x\": [1, 2e5],\r\n"
      "\"transaction_id\": \"\xe2\x82\xac\", \"source_account\": \"12\",\n"
      "\"destination_account\": \"3\", \"amount\" :\t 42.42 , "
      "\"currency\": \"INR\", \"z\": 99}";
  BOOST_TEST(parse_webhook(body, Currencies()).amount().decimal() == "42.42");
}

BOOST_AUTO_TEST_CASE(an_amount_that_breaks_its_rule_is_told_why) {
  const std::string large = "Invalid amount: must be below 10^16 INR";
  const std::string positive = "Invalid amount: must be greater than 0";
  const std::string fine = "Invalid amount: INR has 2 decimal places";
  const std::pair<std::string, std::string> table[] = {
      {"0", positive},
      {"-0", positive},
      {"-5", positive},
      {"0e5", positive},
      {"0.001", fine},
      {"1e-999999999999", fine},
      {"1e999", large},
      {"1e999999999999999999999", large},
      {"10000000000000000", large},
      {"-1e999", positive},
      {"true", k_amount_type},
      {"false", k_amount_type},
      {"[]", k_amount_type},
      {"{}", k_amount_type},
      {"[500]", k_amount_type},
      {R"("five")", k_amount_type},
      {R"(" 5")", k_amount_type},
      {R"("5 ")", k_amount_type},
      {R"("+5")", k_amount_type},
      {R"("05")", k_amount_type},
      {R"("5.")", k_amount_type},
      {R"("NaN")", k_amount_type},
      {R"("5\u0000")", k_amount_type},
      {R"(" ")", k_amount_type},
      {R"("0")", positive},
      {R"("-1")", positive},
      {R"("0.001")", fine},
      {R"("1e999")", large},
      {std::string(60'000, '9'), large},
      {quoted("0." + std::string(60'000, '0')), positive},
  };
  for (const auto& [json, expected] : table) {
    BOOST_TEST_CONTEXT(json.substr(0, 40)) {
      BOOST_TEST(answer(Body().set("amount", json)) == expected);
    }
  }
}

BOOST_AUTO_TEST_CASE(decimals_are_those_of_the_currency) {
  const auto with = [](const std::string& amount, const std::string& currency) {
    return answer(Body().set("amount", amount).set("currency", quoted(currency)));
  };
  BOOST_TEST(with("500.00", "JPY") == "accepted");
  BOOST_TEST(with("500.5", "JPY") == "Invalid amount: JPY has 0 decimal places");
  BOOST_TEST(with("500.5", "jpy") == "Invalid amount: JPY has 0 decimal places");
  BOOST_TEST(with("0.125", "BHD") == "accepted");
  BOOST_TEST(with("0.1255", "BHD") == "Invalid amount: BHD has 3 decimal places");
}

BOOST_AUTO_TEST_CASE(a_currency_is_a_code_in_any_case) {
  BOOST_TEST(parsed(Body().set("currency", R"("inr")")).currency() == "INR");
  BOOST_TEST(parsed(Body().set("currency", R"("\u0055sd")")).currency() == "USD");
  BOOST_TEST(parsed(Body().set("currency", R"("hrk")")).currency() == "HRK");
  const std::string no_code = "Invalid currency: not an ISO 4217 code";
  for (const auto* json : {R"("QQQ")", R"("IN")", R"("INR ")", R"("USDT")", R"("IN\u0000")"}) {
    BOOST_TEST_CONTEXT(json) { BOOST_TEST(answer(Body().set("currency", json)) == no_code); }
  }
  for (const auto* json : {"356", "true", "[]", R"(["INR"])", "{}"}) {
    BOOST_TEST_CONTEXT(json) {
      BOOST_TEST(answer(Body().set("currency", json)) == "Invalid currency: must be a string");
    }
  }
  BOOST_TEST(answer(Body().set("currency", R"("XAU")")) ==
             "Invalid currency: not a currency that payments are made in");
}

BOOST_AUTO_TEST_CASE(a_currency_that_the_configuration_adds_is_accepted) {
  Currencies currencies;
  currencies.add("USDT", 6);
  const Transaction transaction = parse_webhook(
      Body().set("currency", R"("usdt")").set("amount", "0.000001").text(), currencies);
  BOOST_TEST(transaction.currency() == "USDT");
  BOOST_TEST(transaction.amount().minor() == 1);
}

BOOST_AUTO_TEST_CASE(duplicate_keys_are_refused_at_any_depth) {
  for (const auto* rest :
       {R"("amount": 1500.50)", R"("a": 1, "a": 1)", R"("a": {"b": 1, "b": 2})",
        R"("a": [[{"b": null, "c": [], "b": null}]])", R"("": 1, "": 2)", R"("\u0061mount": 1)",
        R"("a": 1, "\u0061": 2)", R"("\u00e9": 1, "é": 2)", R"("\/": 1, "/": 2)",
        R"("transaction_id": "txn_1")", R"("a": {}, "b": 2, "a": {})"}) {
    Body body;
    body.rest = rest;
    BOOST_TEST_CONTEXT(rest) { BOOST_TEST(answer(body) == k_invalid_json); }
  }
}

BOOST_AUTO_TEST_CASE(equal_keys_of_different_objects_are_no_duplicates) {
  Body body;
  body.rest = R"("a": {"amount": 1, "x": 1}, "b": [{"x": 1}, {"x": 1}], "A": 1, "a\u0000": 2)";
  BOOST_TEST(answer(body) == "accepted");
}

BOOST_AUTO_TEST_CASE(a_field_may_be_spelled_with_escapes) {
  Body body;
  body.remove("amount").rest = R"("\u0061mount": 7)";
  BOOST_TEST(parsed(body).amount().decimal() == "7.0");
}

BOOST_AUTO_TEST_CASE(a_root_that_is_no_object_is_refused) {
  for (const auto* text : {"[]", R"("text")", "5", "-1.5e3", "true", "null", "[{}]"}) {
    BOOST_TEST_CONTEXT(text) { BOOST_TEST(answer(std::string(text)) == k_invalid_json); }
  }
  BOOST_TEST(answer("[" + Body().text() + "]") == k_invalid_json);
}

BOOST_AUTO_TEST_CASE(what_is_no_json_is_refused) {
  const std::string good = Body().text();
  const std::string bodies[] = {
      "",
      " ",
      good.substr(0, good.size() - 1),
      good + "x",
      good + good,
      good + ",",
      good + "\0"s,
      good + "\0trailing"s,
      "\0"s + good,
      "\xef\xbb\xbf" + good,
      "/* */" + good,
      good + "// x",
      Body().set("amount", "007").text(),
      Body().set("amount", "-").text(),
      Body().set("amount", "1.").text(),
      Body().set("amount", "+1").text(),
      Body().set("amount", ".5").text(),
      Body().set("amount", "NaN").text(),
      Body().set("amount", "Infinity").text(),
      Body().set("amount", "-Infinity").text(),
      Body().set("amount", "0x1").text(),
      Body().set("amount", "1e").text(),
      Body().set("amount", "500,").text(),
      Body().set("amount", "/**/500").text(),
      Body().set("transaction_id", "'t'").text(),
      Body().set("transaction_id", quoted("a\nb")).text(),
      Body().set("transaction_id", quoted("a\0b"s)).text(),
      Body().set("transaction_id", quoted("\xff")).text(),
      Body().set("transaction_id", quoted("\xc0\xaf")).text(),
      Body().set("transaction_id", quoted("\xed\xa0\x80")).text(),
      Body().set("transaction_id", quoted("\xf4\x90\x80\x80")).text(),
      Body().set("transaction_id", R"("\ud83d")").text(),
      Body().set("transaction_id", R"("\ude00\ud83d")").text(),
      Body().set("transaction_id", R"("\x41")").text(),
      Body().set("note", "007").text(),
      Body().set("note", std::string(60'000, '[')).text(),
      std::string(60'000, '['),
      std::string(65'536, '{'),
      std::string(65'536, '\0'),
      "transaction_id=txn_1&amount=5",
      "<transaction/>",
  };
  for (const auto& body : bodies) {
    BOOST_TEST_CONTEXT(body.substr(0, 60)) { BOOST_TEST(answer(body) == k_invalid_json); }
  }
}

BOOST_AUTO_TEST_CASE(no_beginning_of_a_webhook_is_a_webhook) {
  const std::string good = Body().text();
  for (std::size_t length = 0; length < good.size(); ++length) {
    BOOST_TEST(answer(good.substr(0, length)) == k_invalid_json);
  }
}

BOOST_AUTO_TEST_CASE(nesting_goes_32_deep_the_webhook_itself_included) {
  const auto nested = [](std::size_t depth) {
    return Body().set("note", std::string(depth, '[') + std::string(depth, ']'));
  };
  BOOST_TEST(answer(nested(31)) == "accepted");
  BOOST_TEST(answer(nested(32)) == k_invalid_json);
}

BOOST_AUTO_TEST_CASE(a_refused_webhook_leaves_nothing_behind_for_the_next) {
  for (const auto* bad : {"{", "{\"a\":1,\"a\":2}", "[1", "null", ""}) {
    BOOST_TEST(answer(std::string(bad)) != "accepted");
    BOOST_TEST(answer(Body()) == "accepted");
  }
}

BOOST_AUTO_TEST_CASE(several_threads_may_parse_at_once) {
  const Currencies currencies;
  std::vector<std::thread> threads;
  std::vector<std::string> ids(4);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    threads.emplace_back([i, &ids, &currencies] {
      for (int n = 0; n < 200; ++n) {
        const std::string id = std::to_string(i) + "-" + std::to_string(n);
        ids[i] = parse_webhook(Body().set("transaction_id", quoted(id)).text(), currencies)
                     .transaction_id();
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  for (std::size_t i = 0; i < ids.size(); ++i) {
    BOOST_TEST(ids[i] == std::to_string(i) + "-199");
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook
