#include "store/intake.h"

#include <boost/test/unit_test.hpp>

#include "tests/unit/store/engines.h"

namespace payhook::test {

using enum IntakeResult;
using Results = std::vector<IntakeResult>;

BOOST_AUTO_TEST_SUITE(what_an_intake_promises)

BOOST_AUTO_TEST_CASE_TEMPLATE(a_duplicate_changes_nothing, Engine, Engines) {
  Sessions<Engine> s;
  BOOST_TEST((s.store({{.received_at = moment(1)}}) == Results{CREATED}));
  for (const auto& again : std::vector<Webhook>{{.body = "again", .received_at = moment(9000)},
                                                {.amount = "500.00", .currency = "inr"},
                                                {.amount = "5e2", .currency = "Inr"}}) {
    BOOST_TEST((s.store({again}) == Results{DUPLICATE}));
  }
  BOOST_TEST((s.reader->find("default", "txn_1")->created_at == moment(1)));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_duplicate_with_another_value_keeps_the_first, Engine, Engines) {
  Sessions<Engine> s;
  s.store({{}});
  for (const auto& webhook : std::vector<Webhook>{{.source_account = "acc_x"},
                                                  {.destination_account = "acc_x"},
                                                  {.amount = "500.01"},
                                                  {.currency = "USD"}}) {
    BOOST_TEST((s.store({webhook}) == Results{CONFLICT}));
  }
  BOOST_TEST((s.reader->find("default", "txn_1")->transaction == Webhook{}.transaction()));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(of_an_id_16_conflicts_are_kept_and_of_others_it_is_told, Engine,
                              Engines) {
  Sessions<Engine> s;
  s.store({{}, {.id = "txn_2"}});
  for (int i = 1; i <= 20; ++i) {
    BOOST_TEST((s.store({{.amount = std::to_string(i)}}) ==
                Results{i <= 16 ? CONFLICT : CONFLICT_NOT_KEPT}));
  }
  BOOST_TEST(
      (s.store({{.amount = "16.00"}, {.amount = "17"}, {}, {.id = "txn_2", .amount = "7"}}) ==
       Results{CONFLICT, CONFLICT_NOT_KEPT, DUPLICATE, CONFLICT}));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(further_conflicts_of_an_authentic_sender_go_to_the_quarantine, Engine,
                              Engines) {
  Sessions<Engine> s;
  s.store({{}});
  for (int i = 1; i <= 16; ++i) {
    BOOST_TEST(
        (s.store({{.amount = std::to_string(i), .is_authentic = true}}) == Results{CONFLICT}));
  }
  BOOST_TEST((s.store({{.amount = "17", .is_authentic = true},
                       {.amount = "16", .is_authentic = true},
                       {.is_authentic = true}}) == Results{QUARANTINED, CONFLICT, DUPLICATE}));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_states_no_payment_goes_to_the_quarantine, Engine, Engines) {
  Sessions<Engine> s;
  const std::vector<IncomingWebhook> batch{Webhook{.id = "a"}.incoming(), unreadable("x"),
                                           unreadable("y"), unreadable("x"),
                                           Webhook{.id = "b"}.incoming()};
  BOOST_TEST((s.intake->store(batch, patience()) ==
              Results{CREATED, QUARANTINED, QUARANTINED, QUARANTINED, CREATED}));
  BOOST_TEST(s.queue->count_due(moment(0), 9) == 2U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_id_may_come_twice_in_one_batch, Engine, Engines) {
  Sessions<Engine> s;
  BOOST_TEST(
      (s.store({{.id = "a"}, {.id = "b"}, {.id = "a"}, {.id = "b", .amount = "1"}, {.id = "c"}}) ==
       Results{CREATED, CREATED, DUPLICATE, CONFLICT, CREATED}));
  BOOST_TEST(s.store({}).empty());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_id_is_unique_within_its_source, Engine, Engines) {
  Sessions<Engine> s;
  BOOST_TEST((s.store({{.source = "one"}, {.source = "other", .amount = "7"}}) ==
              Results{CREATED, CREATED}));
  BOOST_TEST((s.store({{.source = "other", .amount = "7"}, {.source = "one", .amount = "7"}}) ==
              Results{DUPLICATE, CONFLICT}));
  BOOST_TEST(s.reader->find("one", "txn_1")->transaction.amount().decimal() == "500.0");
  BOOST_TEST(s.reader->find("other", "txn_1")->transaction.amount().decimal() == "7.0");
  BOOST_TEST(s.status_of("txn_1") == "none", "of the default source");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(ids_are_equal_byte_for_byte_only, Engine, Engines) {
  Sessions<Engine> s;
  const std::vector<Webhook> webhooks = {
      {.id = "txn"}, {.id = "TXN"}, {.id = "txn "}, {.id = "\xc3\xa9"},     {.id = "e\xcc\x81"},
      {.id = "007"}, {.id = "7"},   {.id = "7.0"},  {.id = "' OR 1=1; --"}, {.id = "%"}};
  BOOST_TEST((s.store(webhooks) == Results(webhooks.size(), CREATED)));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(sessions_see_each_others_rows_and_those_of_closed_ones, Engine,
                              Engines) {
  Sessions<Engine> s;
  s.store({{.id = "a"}});
  const auto other = s.engine.store().open_intake();
  BOOST_TEST((store_all(*other, {{.id = "a"}, {.id = "b"}}) == Results{DUPLICATE, CREATED}));
  s.intake.reset();
  s.intake = s.engine.store().open_intake();
  BOOST_TEST((s.store({{.id = "b", .amount = "1"}}) == Results{CONFLICT}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
