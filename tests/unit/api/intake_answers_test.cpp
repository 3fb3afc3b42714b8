#include "api/intake_answers.h"

#include <boost/test/unit_test.hpp>
#include <tuple>
#include <vector>

namespace payhook::test {

BOOST_AUTO_TEST_SUITE(intake_answers)

BOOST_AUTO_TEST_CASE(a_request_is_acknowledged_when_all_that_it_brought_is_kept) {
  using enum IntakeResult;
  const std::tuple<std::vector<IntakeResult>, int, int> cases[] = {
      // results, and the status where conflicts are accepted and rejected
      {{CREATED}, 202, 202},           {{DUPLICATE}, 202, 202},
      {{CONFLICT}, 202, 409},          {{QUARANTINED}, 202, 202},
      {{CONFLICT_NOT_KEPT}, 409, 409}, {{NO_ROOM}, 503, 503},
      {{REFUSED}, 503, 503},           {{CREATED, QUARANTINED, EVENT_KEPT}, 202, 202},
      {{CONFLICT, CREATED}, 202, 409}, {{CONFLICT_NOT_KEPT, CREATED}, 409, 409},
      {{CREATED, REFUSED}, 503, 503},  {{CONFLICT_NOT_KEPT, NO_ROOM}, 503, 503},
  };
  for (const auto& [results, accepting, rejecting] : cases) {
    BOOST_TEST(IntakeAnswers(Source{}, ConflictAnswer::ACCEPT, std::make_shared<SourceMetrics>())
                   .to(results)
                   .status == accepting);
    BOOST_TEST(IntakeAnswers(Source{}, ConflictAnswer::REJECT, std::make_shared<SourceMetrics>())
                   .to(results)
                   .status == rejecting);
  }
}

BOOST_AUTO_TEST_CASE(a_sender_with_bodies_of_its_own_is_never_answered_409) {
  Source source;
  source.mapping = std::make_shared<const Mapping>(MappingRules{});
  const IntakeAnswers answers(source, ConflictAnswer::REJECT, std::make_shared<SourceMetrics>());
  const std::pair<IntakeResult, int> cases[] = {{IntakeResult::CONFLICT, 202},
                                                {IntakeResult::CONFLICT_NOT_KEPT, 400}};
  for (const auto& [result, status] : cases) {
    BOOST_TEST(answers.to({&result, 1}).status == status);
  }
}

BOOST_AUTO_TEST_CASE(what_a_source_says_when_it_has_kept_a_webhook_can_be_set) {
  const auto answer = [](int status, std::optional<std::string> body) {
    Source source;
    source.acknowledgement = {status, std::move(body)};
    const IntakeResult created = IntakeResult::CREATED;
    return IntakeAnswers(source, ConflictAnswer::ACCEPT, std::make_shared<SourceMetrics>())
        .to({&created, 1});
  };
  BOOST_TEST(answer(200, {}).status == 200);
  BOOST_TEST(answer(201, {}).body == R"({"message": "Webhook received"})");
  BOOST_TEST(answer(204, {}).body.empty());
  const HttpResponse adyen = answer(200, "[accepted]");
  BOOST_TEST(adyen.body == "[accepted]");
  BOOST_TEST(adyen.content_type == "text/plain; charset=utf-8");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
