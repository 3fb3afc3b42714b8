// Who may ask for what, by the rules of nginx/payhook-server.conf. Here 127.0.0.1 is "this host";
// any other address of the loopback network is a stranger.

#include <array>
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <filesystem>
#include <string>
#include <string_view>

#include "tests/end_to_end/tested_stack.h"

namespace payhook::test {

namespace {

constexpr auto k_forbidden = R"({"message": "Forbidden"})";

// Paths that nginx takes for an open one once it has decoded and resolved them, and the responder
// does not.
constexpr std::array<std::string_view, 12> k_disguised_paths{
    "/v1/transactions/x%2F..%2F..%2Fwebhooks%2Ftransactions",
    "/v1/transactions/x%2f%2e%2e%2f%2e%2e%2fwebhooks%2ftransactions?x=1",
    "/v1/transactions/x/../../webhooks/transactions",
    "/v1/transactions/x/cancel/../../../webhooks/transactions",
    "/v1/transactions/x%2F..%2F..%2F..%2F",
    "/v1/transactions/..%2F..%2F",
    "/v1/webhooks/%74ransactions",
    "/v1/webhooks/%73tripe",
    "/v1/transactions/x%2F..%2F..%2Fwebhooks%2Fstripe",
    "/v1//webhooks/transactions",
    "//",
    "/%2F",
};

struct StartedStack : TestedStack {
  StartedStack() { start(); }
};

struct FencedStack {
  StartedStack stack;
  HttpClient host = stack.client();
  HttpClient stranger{stack.port(), std::chrono::seconds{30}, "127.0.0.2"};
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_stranger_may_post_webhooks_and_ask_whether_payhook_is_alive,
                        FencedStack) {
  BOOST_TEST(stranger.get("/").status == 200);
  BOOST_TEST(stranger.get("/?from=monitoring").status == 200);
  BOOST_TEST(stranger.get("http://localhost?from=monitoring").status == 200);
  BOOST_TEST(stranger.post_json(k_webhooks, webhook("fence_1")).body == k_received);
  BOOST_TEST(
      stranger.post_json(std::string(k_webhooks).append("?x=1"), webhook("fence_2")).status == 202);
  // The responder knows no such source; those that have a name may send more than the site's limit.
  BOOST_TEST(stranger.post_json("/v1/webhooks/nobody", std::string(100'000, 'x')).status == 404);
  BOOST_TEST(stranger.post_json("/v1/webhooks/nobody", std::string(1'048'577, 'x')).status == 413);
  const Database database(stack.database());
  BOOST_TEST(
      database.number("SELECT count(*) FROM transactions WHERE remote_address = '127.0.0.2'") == 2);
}

BOOST_FIXTURE_TEST_CASE(whatever_else_a_stranger_asks_for_is_forbidden, FencedStack) {
  BOOST_TEST(host.post_json(k_webhooks, webhook("fence_1")).status == 202);
  for (const std::string& path : {path_of("fence_1"), path_of("unknown"), std::string("/nowhere"),
                                  std::string("/v1/webhooks"), std::string("/not-plain"),
                                  std::string("/metrics"), std::string("/readyz")}) {
    const Response response = stranger.get(path);
    BOOST_TEST(response.status == 403, path << ": " << response.status);
    BOOST_TEST(response.body == k_forbidden);
    BOOST_TEST(header(response, "Content-Type") == "application/json");
    BOOST_TEST(header(response, "Cache-Control") == "no-store");
    BOOST_TEST(header(response, "X-Content-Type-Options") == "nosniff");
    BOOST_TEST(header(response, "X-Request-Id") != "");
  }
  BOOST_TEST(stranger.request("HEAD", path_of("fence_1")).status == 403);
  for (const char* const act : {"", "/requeue", "/cancel"}) {
    BOOST_TEST(stranger.post_json(path_of("fence_1") + act, "{}").status == 403);
  }
  BOOST_TEST(host.get(path_of("fence_1")).status == 200);
}

BOOST_FIXTURE_TEST_CASE(a_path_in_disguise_opens_nothing_to_a_stranger, FencedStack) {
  for (const std::string_view path : k_disguised_paths) {
    BOOST_TEST(stranger.get(path).body == k_forbidden, path);
    BOOST_TEST(stranger.post_json(path, webhook("disguised")).body == k_forbidden, path);
    // For this host it is what the responder makes of it: never the path that nginx sees.
    BOOST_TEST(host.get(path).status == 404, path);
  }
  BOOST_TEST(Database(stack.database()).number("SELECT count(*) FROM transactions") == 0);
}

BOOST_AUTO_TEST_CASE(an_admin_lets_others_in_by_allowing_them_before_the_include) {
  TestedStack stack({.server_directives = "allow 127.0.0.3;"});
  stack.start();
  const auto asks_from = [&stack](const char* address) {
    return HttpClient(stack.port(), std::chrono::seconds{30}, address).get(path_of("x")).status;
  };
  BOOST_TEST(asks_from("127.0.0.1") == 404);
  BOOST_TEST(asks_from("127.0.0.2") == 403);
  BOOST_TEST(asks_from("127.0.0.3") == 404);
}

BOOST_AUTO_TEST_CASE(who_reads_needs_the_token_that_the_settings_name_and_a_reload_replaces_it) {
  const std::string first = "the-first-token-of-all";
  const std::string second = "the-second-token-of-all";
  TestedStack stack;
  stack.need_token(first);
  stack.start();
  HttpClient client = stack.client();
  const auto status_with = [&client](const std::string& token) {
    return client.request("GET", path_of("fence_1"), {bearing(token)}).status;
  };
  BOOST_TEST(client.get("/").status == 200);
  BOOST_TEST(client.post_json(k_webhooks, webhook("fence_1")).status == 202);
  const Response refused = client.get(path_of("fence_1"));
  BOOST_TEST(refused.status == 401);
  BOOST_TEST(header(refused, "WWW-Authenticate") == "Bearer");
  BOOST_TEST(refused.body == R"({"message": "Unauthorized"})");
  BOOST_TEST(status_with(first) == 200);
  BOOST_TEST(status_with(second) == 401);

  stack.need_token(second);
  stack.responder().signal(SIGHUP);
  BOOST_TEST(eventually([&] { return status_with(second) == 200; }));
  BOOST_TEST(status_with(first) == 401);

  // What cannot be read changes nothing.
  std::filesystem::resize_file(stack.directory() / "read-token", 0);
  stack.responder().signal(SIGHUP);
  BOOST_TEST(eventually([&] {
    return stack.log_of("payhook-fcgi").find("read-token: it is empty") != std::string::npos;
  }));
  BOOST_TEST(status_with(second) == 200);
  for (const std::string& log :
       {stack.log_of("payhook-fcgi"), stack.log_of("payhookd"), stack.log_of("nginx")}) {
    BOOST_TEST(log.find("-token-of-all") == std::string::npos);
  }
}

}  // namespace payhook::test
