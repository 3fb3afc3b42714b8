#include "store/status_reader.h"

#include <boost/test/unit_test.hpp>

#include "tests/unit/store/engines.h"

namespace payhook::test {

BOOST_AUTO_TEST_SUITE(what_a_reader_promises)

BOOST_AUTO_TEST_CASE_TEMPLATE(a_transaction_is_found_with_all_that_is_known_of_it, Engine,
                              Engines) {
  Sessions<Engine> s;
  const Webhook webhook = {.amount = "1234567890123456.78", .received_at = moment(123)};
  s.store({webhook});
  const auto found = s.reader->find("default", "txn_1");
  BOOST_REQUIRE(found.has_value());
  BOOST_TEST((found->transaction == webhook.transaction()));
  BOOST_TEST(found->transaction.amount().decimal() == "1234567890123456.78");
  BOOST_TEST(found->status == "PROCESSING");
  BOOST_TEST((found->created_at == moment(123)));
  BOOST_TEST(!found->processed_at.has_value());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_happens_to_it_is_seen, Engine, Engines) {
  Sessions<Engine> s;
  BOOST_TEST(s.status_of("txn_1") == "none");
  s.store({{}});
  BOOST_TEST(s.status_of("txn_1") == "PROCESSING");
  process_due(*s.queue, moment(30'001), 10);
  BOOST_TEST(s.status_of("txn_1") == "PROCESSED 30001");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_unknown_id_is_not_found, Engine, Engines) {
  Sessions<Engine> s;
  s.store({{.id = "txn_1"}});
  for (const auto* id : {"", "txn_2", "TXN_1", "txn_1 ", "txn_", "%", "' OR 1=1 --"}) {
    BOOST_TEST(s.status_of(id) == "none", id);
  }
  BOOST_TEST(s.status_of(std::string("txn_1\0x", 7)) == "none");
  BOOST_TEST(s.status_of(std::string(100'000, 'x')) == "none");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(ids_in_any_script_are_found, Engine, Engines) {
  Sessions<Engine> s;
  for (const auto& id : {std::string("\xe2\x82\xac/\xf0\x9f\x98\x80"), std::string("a'b\"c;--%"),
                         std::string(255, 'x')}) {
    s.store({{.id = id}});
    BOOST_TEST(s.status_of(id) == "PROCESSING", id);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
