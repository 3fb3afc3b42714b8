#include "payment/transaction.h"

#include <boost/test/unit_test.hpp>
#include <string>

#include "payment/invalid_field.h"

namespace payhook {

namespace {

Transaction transaction(std::string id, std::string source = "acc_1",
                        std::string destination = "acc_2", std::int64_t minor = 50000,
                        std::string currency = "INR") {
  return {std::move(id), std::move(source), std::move(destination), Amount::restore("500.0", minor),
          std::move(currency)};
}

std::string refusal(const std::string& id, const std::string& source,
                    const std::string& destination) {
  try {
    transaction(id, source, destination);
    return "accepted";
  } catch (const InvalidField& e) {
    return e.what();
  }
}

std::string id_refusal(const std::string& id) { return refusal(id, "a", "b"); }

}  // namespace

BOOST_AUTO_TEST_SUITE(transaction_rules)

BOOST_AUTO_TEST_CASE(it_keeps_what_it_was_given) {
  const Transaction payment("txn_1", "acc_1", "acc_2", Amount::restore("500.0", 50000), "INR");
  BOOST_TEST(payment.transaction_id() == "txn_1");
  BOOST_TEST(payment.source_account() == "acc_1");
  BOOST_TEST(payment.destination_account() == "acc_2");
  BOOST_TEST(payment.amount().decimal() == "500.0");
  BOOST_TEST(payment.currency() == "INR");
}

BOOST_AUTO_TEST_CASE(texts_have_1_to_255_bytes) {
  BOOST_TEST(id_refusal("") == "Invalid transaction_id: must not be empty");
  BOOST_TEST(id_refusal("x") == "accepted");
  BOOST_TEST(id_refusal(std::string(255, 'x')) == "accepted");
  BOOST_TEST(id_refusal(std::string(256, 'x')) == "Invalid transaction_id: longer than 255 bytes");
}

BOOST_AUTO_TEST_CASE(bytes_count_and_not_characters) {
  std::string euros;
  for (int i = 0; i < 85; ++i) {
    euros += "\xe2\x82\xac";
  }
  BOOST_TEST(id_refusal(euros) == "accepted");
  BOOST_TEST(id_refusal(euros + "x") == "Invalid transaction_id: longer than 255 bytes");
}

BOOST_AUTO_TEST_CASE(the_refusal_names_the_field) {
  BOOST_TEST(refusal("t", "", "b") == "Invalid source_account: must not be empty");
  BOOST_TEST(refusal("t", "a", "") == "Invalid destination_account: must not be empty");
  BOOST_TEST(refusal("t", "a\n", "b") == "Invalid source_account: contains a control character");
  BOOST_TEST(refusal("t", "a", std::string(256, 'b')) ==
             "Invalid destination_account: longer than 255 bytes");
}

BOOST_AUTO_TEST_CASE(every_ascii_control_character_is_refused_wherever_it_stands) {
  for (int c = 0; c < 0x80; ++c) {
    const bool control = c < 0x20 || c == 0x7f;
    const std::string expected =
        control ? "Invalid transaction_id: contains a control character" : "accepted";
    const std::string character(1, static_cast<char>(c));
    BOOST_TEST_CONTEXT("character " << c) {
      BOOST_TEST(id_refusal(character) == expected);
      BOOST_TEST(id_refusal("a" + character + "b") == expected);
      BOOST_TEST(id_refusal("ab" + character) == expected);
    }
  }
}

BOOST_AUTO_TEST_CASE(every_control_character_of_latin_1_is_refused) {
  for (int c = 0x80; c < 0xc0; ++c) {
    const std::string character{'\xc2', static_cast<char>(c)};
    const std::string expected =
        c < 0xa0 ? "Invalid transaction_id: contains a control character" : "accepted";
    BOOST_TEST_CONTEXT("U+00" << std::hex << c) {
      BOOST_TEST(id_refusal("a" + character) == expected);
    }
  }
}

BOOST_AUTO_TEST_CASE(continuation_bytes_of_other_characters_are_no_control_characters) {
  // U+1085, U+0300 and U+1F600 hold bytes 80 to 9F.
  for (const auto* text : {"\xe1\x82\x85", "\xcc\x80", "\xf0\x9f\x98\x80", "\xe2\x80\xa8"}) {
    BOOST_TEST(id_refusal(text) == "accepted");
  }
}

BOOST_AUTO_TEST_CASE(two_are_equal_when_their_five_values_are) {
  const Transaction first = transaction("t");
  BOOST_TEST((first == transaction("t")));
  BOOST_TEST((first != transaction("T")));
  BOOST_TEST((first != transaction("t", "acc_3")));
  BOOST_TEST((first != transaction("t", "acc_1", "acc_3")));
  BOOST_TEST((first != transaction("t", "acc_1", "acc_2", 50001)));
  BOOST_TEST((first != transaction("t", "acc_1", "acc_2", 50000, "USD")));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook
