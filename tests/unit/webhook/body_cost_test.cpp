#include <boost/test/unit_test.hpp>
#include <string>

#include "payment/invalid_field.h"
#include "tests/unit/webhook/counted_allocations.h"
#include "webhook/parse_webhook.h"

namespace payhook {

namespace {

Allocations cost_of_parsing(const std::string& body) {
  const Currencies currencies;
  const Allocations before = allocations_of_this_thread();
  try {
    static_cast<void>(parse_webhook(body, currencies));
  } catch (const InvalidWebhook&) {
  } catch (const InvalidField&) {
  }
  const Allocations after = allocations_of_this_thread();
  return {after.count - before.count, after.bytes - before.bytes};
}

/// `open`, then as many elements as there is room for, then `close`. A # in an element stands for
/// its number.
std::string filled(std::size_t bytes, const std::string& open, const std::string& element,
                   const std::string& close) {
  std::string body = open;
  for (int i = 0; body.size() + element.size() + 8 + close.size() < bytes; ++i) {
    std::string next = element;
    if (const auto mark = next.find('#'); mark != std::string::npos) {
      next.replace(mark, 1, std::to_string(i));
    }
    body += (i > 0 ? "," : "") + next;
  }
  return body + close;
}

std::string repeated(const std::string& text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) {
    all += text;
  }
  return all;
}

struct Family {
  const char* what;
  std::string open;
  std::string element;
  std::string close;
};

const std::string k_others =
    R"("transaction_id":"t","source_account":"a","destination_account":"b","currency":"INR")";
const std::string k_deep = repeated("[", 29);
const std::string k_not_so_deep = repeated("]", 29);

const Family k_families[] = {
    {"zeros", R"({"a":[)", "0", "]}"},
    {"empty strings", R"({"a":[)", R"("")", "]}"},
    {"empty objects", R"({"a":[)", "{}", "]}"},
    {"empty arrays", R"({"a":[)", "[]", "]}"},
    {"short keys", "{", R"("#":0)", "}"},
    {"escaped keys", "{", R"("\u0061#":0)", "}"},
    {"objects of one key", R"({"a":[)", R"({"":0})", "]}"},
    {"objects of a few keys", R"({"a":[)", R"({"a":0,"b":0,"c":0})", "]}"},
    {"deep arrays", R"({"a":[)", k_deep + k_not_so_deep, "]}"},
    {"keys that resemble each other", "{", "\"" + std::string(200, 'x') + "#\":0", "}"},
    {"values of a wanted field", "{" + k_others + R"(,"amount":[)", R"({"":0})", "]}"},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(bodies)

BOOST_AUTO_TEST_CASE(what_a_body_costs_is_bounded_by_its_bytes_whatever_it_holds) {
  for (const std::size_t bytes : {std::size_t{1} << 16, std::size_t{1} << 20}) {
    for (const Family& family : k_families) {
      const std::string body = filled(bytes, family.open, family.element, family.close);
      const Allocations cost = cost_of_parsing(body);
      BOOST_TEST_CONTEXT(family.what << ", " << body.size() << " bytes") {
        BOOST_TEST(body.size() > bytes / 2);
        BOOST_TEST(cost.count < 100u);
        BOOST_TEST(cost.bytes < 16 * body.size());
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook
