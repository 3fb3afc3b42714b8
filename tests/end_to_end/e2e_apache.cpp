// Apache httpd in front of payhook, with the configuration that docs/apache.md tells to copy: by
// mod_proxy_fcgi, and with payhook-fcgi as a plain CGI program.

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <list>
#include <map>
#include <string>
#include <system_error>
#include <vector>

#include "tests/end_to_end/tested_stack.h"
#include "tests/end_to_end/webhook_load.h"

namespace payhook::test {

namespace {

// More threads than there are slow clients and quick ones, in two processes, neither of which
// Apache may end for having nothing to do: its kept connections would go with it. Everything that
// Debian's apache2.conf puts elsewhere is in the test's directory.
constexpr auto k_configuration = R"(
ServerRoot "{directory}"
DefaultRuntimeDir "{directory}"
PidFile "{directory}/apache2.pid"
ErrorLog "{directory}/apache2.err"
Mutex "file:{directory}" default
ServerName payhook.test
Listen 127.0.0.1:{port}
{user}

LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule alias_module {modules}/mod_alias.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule authz_host_module {modules}/mod_authz_host.so
LoadModule cgid_module {modules}/mod_cgid.so
LoadModule env_module {modules}/mod_env.so
LoadModule headers_module {modules}/mod_headers.so
LoadModule proxy_module {modules}/mod_proxy.so
LoadModule proxy_fcgi_module {modules}/mod_proxy_fcgi.so
LoadModule setenvif_module {modules}/mod_setenvif.so
LoadModule unique_id_module {modules}/mod_unique_id.so

StartServers 2
ServerLimit 2
ThreadLimit 128
ThreadsPerChild 128
MaxRequestWorkers 256
MaxSpareThreads 256
KeepAliveTimeout 60
TraceEnable Off

ScriptSock "{directory}/cgid.sock"
SetEnv PAYHOOK_CONFIG "{directory}/payhook.toml"
Define PAYHOOK_SOCKET "{directory}/fcgi.sock"
Define PAYHOOK_FCGI "{directory}/payhook-fcgi"

<Directory "/">
    Require all denied
</Directory>

<VirtualHost 127.0.0.1:{port}>
    Header always set X-Apaches-Id %{{UNIQUE_ID}}e
    Include payhook/{configuration}
</VirtualHost>
)";

enum class Way { PROXY, CGI };

/// All of payhook behind Apache instead of nginx.
class ApacheStack : public TestedStack {
 public:
  explicit ApacheStack(Way way) : TestedStack({.delay = std::chrono::seconds{1}}), m_way(way) {
    namespace fs = std::filesystem;
    fs::create_directory_symlink(PAYHOOK_SOURCE_DIR "/docs/apache", directory() / "payhook");
    // Apache's user can go into this directory, but perhaps not to where it was built.
    fs::copy_file(PAYHOOK_FCGI, directory() / "payhook-fcgi");
    // Before root's programs open it: SQLite gives each file that they open the owner that the
    // database had a moment ago.
    give_directory_to(apaches_user());
    if (m_way == Way::PROXY) {
      start_responder();
      wait_until_responder_ready();
    } else {
      // So that it is Apache that refuses what is larger than its own limit.
      std::ofstream(directory() / "payhook.toml", std::ios::app)
          << "responder.max_body_bytes = 1048576\n";
    }
    start_daemon();
    wait_until_daemon_ready();
    start_apache();
  }

  /// Asks it to end, so that it takes along its processes and what it has shared between them.
  ~ApacheStack() {
    m_apache.signal(SIGTERM);
    m_apache.wait();
  }

  HttpClient client(std::string source = "") const {
    return HttpClient(m_port, std::chrono::seconds{30}, std::move(source));
  }
  std::uint16_t port() const noexcept { return m_port; }

  void need_token(const std::string& token) {
    TestedStack::need_token(token);
    give_directory_to(apaches_user());
    if (m_way == Way::PROXY) {
      restart_responder();
    }
  }

  /// As systemd makes it, the socket is open to Apache's user.
  void restart_responder() {
    start_responder();
    wait_until_responder_ready();
    give_directory_to(apaches_user());
  }

 private:
  /// Whom Apache runs as, started by root. It refuses to serve as root.
  static const passwd* apaches_user() {
    return ::geteuid() == 0 ? ::getpwnam("www-data") : nullptr;
  }

  void give_directory_to(const passwd* user) const {
    const auto give = [user](const std::filesystem::path& file) {
      if (user != nullptr && ::lchown(file.c_str(), user->pw_uid, user->pw_gid) != 0) {
        throw std::system_error(errno, std::generic_category(), "chown " + file.string());
      }
    };
    give(directory());
    for (const auto& entry : std::filesystem::directory_iterator(directory())) {
      give(entry.path());
    }
  }

  /// Somebody may take the port before Apache does; then another one is tried.
  void start_apache() {
    give_directory_to(apaches_user());
    const CommandLine command{
        {PAYHOOK_APACHE, "-D", "FOREGROUND", "-f", (directory() / "apache2.conf").string()},
        environment(),
        -1,
        -1,
        SIGTERM};
    for (int attempt = 0; attempt < 5; ++attempt) {
      m_port = free_port();
      write_configuration();
      m_apache = Program(command, directory() / "apache2.out", directory() / "apache2.err");
      if (eventually([this] { return listens() || !m_apache.is_running(); }) &&
          m_apache.is_running()) {
        return;
      }
    }
    throw std::runtime_error("Apache does not start\n" + logs());
  }

  bool listens() const {
    try {
      client().connect();
      return true;
    } catch (const NoAnswer&) {
      return false;
    }
  }

  void write_configuration() const {
    std::ofstream(directory() / "apache2.conf") << fmt::format(
        k_configuration, fmt::arg("directory", directory().string()), fmt::arg("port", m_port),
        fmt::arg("modules", PAYHOOK_APACHE_MODULES),
        fmt::arg("user", apaches_user() != nullptr ? "User www-data\nGroup www-data" : ""),
        fmt::arg("configuration", m_way == Way::PROXY ? "payhook.conf" : "payhook-cgi.conf"));
  }

  const Way m_way;
  std::uint16_t m_port = 0;
  Program m_apache;
};

void check_common_headers(const Response& response) {
  BOOST_TEST(header(response, "Content-Type") == "application/json");
  BOOST_TEST(header(response, "Cache-Control") == "no-store");
  BOOST_TEST(header(response, "X-Content-Type-Options") == "nosniff");
}

/// An answer that Apache gives itself, where payhook would give one of that shape.
void check_refusal(const Response& response, int status, std::string_view message) {
  BOOST_TEST(response.status == status);
  BOOST_TEST(response.body == fmt::format(R"({{"message": "{}"}})", message));
  check_common_headers(response);
}

void check_api(const ApacheStack& stack) {
  HttpClient client = stack.client();
  const Response health = client.request("GET", "/", {{"UNIQUE_ID", "chosen-by-the-client"}});
  BOOST_TEST(health.status == 200);
  BOOST_TEST(health.body.starts_with(R"({"status": "HEALTHY", "current_time": ")"));
  check_common_headers(health);
  BOOST_TEST(header(health, "X-Request-Id") != "");
  BOOST_TEST(header(health, "X-Request-Id") == header(health, "X-Apaches-Id"));

  for (int i = 0; i < 2; ++i) {
    const Response received = client.post_json(k_webhooks, webhook("apache_1", "1500.50"));
    BOOST_TEST(received.status == 202);
    BOOST_TEST(received.body == k_received);
    check_common_headers(received);
  }
  const Database database(stack.database());
  BOOST_TEST(database.number("SELECT count(*) FROM transactions") == 1);
  BOOST_TEST(database.text("SELECT remote_address FROM transactions") == "127.0.0.1");

  const Response status = client.get(path_of("apache_1") + "?x=1");
  BOOST_TEST(status.status == 200);
  BOOST_TEST(status.body.starts_with(R"({"transaction_id": "apache_1", )"));
  BOOST_TEST(status.body.find(R"("amount": 1500.5, "currency": "INR")") != std::string::npos);
  const Response head = client.request("HEAD", path_of("unknown"));
  BOOST_TEST(head.status == 404);
  BOOST_TEST(header(head, "Content-Length") == "36");

  check_refusal(client.post_json(k_webhooks, "{"), 400, "Invalid JSON");
  for (const std::size_t size : {65'537U, 1'000'000U}) {
    check_refusal(client.post_json(k_webhooks, std::string(size, ' ')), 413, "Payload too large");
  }
  check_refusal(client.get("/nowhere"), 404, "Not found");
  check_refusal(client.get(path_of("unknown")), 404, "Transaction not found");
  BOOST_TEST(header(client.get(k_webhooks), "Allow") == "POST, OPTIONS");

  BOOST_TEST(eventually([&] {
    return client.get(path_of("apache_1")).body.find(R"("status": "PROCESSED")") !=
           std::string::npos;
  }));
}

/// An id reaches payhook as it was written, whatever Apache makes of the path.
void check_ids(const ApacheStack& stack) {
  const std::map<std::string, std::string> paths{
      {"a/b", "a%2Fb"},
      {"?#%2F", "%3F%23%252F"},
      {"é ü", "%C3%A9%20%c3%bc"},
      {"a;b,c:@", "a;b,c:@"},
      {"x/../../webhooks/transactions", "x%2F..%2F..%2Fwebhooks%2Ftransactions"},
      {"x/../../../", "x%2F..%2F..%2F..%2F"}};
  HttpClient client = stack.client();
  for (const auto& [id, path] : paths) {
    BOOST_TEST(client.post_json(k_webhooks, webhook(id)).status == 202);
    for (const auto* query : {"", "?x=%2F"}) {
      const Response status = client.get(path_of(path) + query);
      BOOST_TEST(status.body.starts_with(fmt::format(R"({{"transaction_id": "{}", )", id)),
                 path << ": " << status.body);
    }
  }
  BOOST_TEST(client.get("//").status == 404);
  BOOST_TEST(client.get("/v1/transactions/../webhooks/../").status == 404);
}

/// 127.0.0.2 is not this host, as little as any other address.
void check_fence(const ApacheStack& stack) {
  HttpClient stranger = stack.client("127.0.0.2");
  BOOST_TEST(stranger.get("/?from=monitoring").status == 200);
  BOOST_TEST(stranger.post_json(k_webhooks, webhook("fence_1")).body == k_received);
  for (const std::string_view path :
       {"/v1/transactions/fence_1", "/nowhere", "//", "/v1/webhooks/%74ransactions",
        "/v1/transactions/x/../../webhooks/transactions",
        "/v1/transactions/x%2F..%2F..%2Fwebhooks%2Ftransactions"}) {
    const Response response = stranger.get(path);
    BOOST_TEST_CONTEXT(path) { check_refusal(response, 403, "Forbidden"); }
    BOOST_TEST(header(response, "X-Request-Id") == header(response, "X-Apaches-Id"));
    BOOST_TEST(stranger.post_json(path, webhook("disguised")).status == 403, path);
  }
  BOOST_TEST(Database(stack.database()).number("SELECT count(*) FROM transactions") == 1);
}

Response answer_to(const ApacheStack& stack, std::string_view request) {
  HttpClient client = stack.client();
  client.send(request);
  return client.receive();
}

void check_token(ApacheStack stack) {
  const std::string token = "a-token-of-enough-characters";
  stack.need_token(token);
  BOOST_TEST(stack.client().get(path_of("unknown")).status == 401);
  BOOST_TEST(stack.client().request("GET", path_of("unknown"), {bearing(token)}).status == 404);
}

/// HTTP lets a sender close its half after its request.
void check_half_closed(const ApacheStack& stack) {
  auto turn = std::make_unique<HeldTurn>(stack.database());  // so it has closed before the answer
  HttpClient client = stack.client();
  client.send(http_post(webhook("half")));
  client.end_sending();
  BOOST_TEST(stack.client().get("/").status == 200);
  turn.reset();
  BOOST_TEST(client.receive().status == 202);
}

/// A client whose body never gets on.
class SlowClient {
 public:
  SlowClient(HttpClient client, std::string_view webhook)
      : m_client(std::move(client)), m_request(http_post(webhook)) {
    send(m_request.find("\r\n\r\n") + 4);
  }

  void send_byte() { send(1); }
  bool is_answered() const { return m_client.has_received(); }

  Response finish() {
    send(m_request.size());
    return m_client.receive();
  }

 private:
  void send(std::size_t count) {
    m_client.send(m_request.substr(0, count));
    m_request.erase(0, count);
  }

  HttpClient m_client;
  std::string m_request;  // what is left of it
};

}  // namespace

BOOST_AUTO_TEST_CASE(by_mod_proxy_fcgi_all_routes_answer_as_behind_nginx) {
  check_api(ApacheStack(Way::PROXY));
}

BOOST_AUTO_TEST_CASE(as_a_cgi_program_all_routes_answer_as_behind_nginx) {
  check_api(ApacheStack(Way::CGI));
}

BOOST_AUTO_TEST_CASE(by_mod_proxy_fcgi_every_id_can_be_looked_up) {
  check_ids(ApacheStack(Way::PROXY));
}

BOOST_AUTO_TEST_CASE(as_a_cgi_program_every_id_can_be_looked_up) {
  check_ids(ApacheStack(Way::CGI));
}

BOOST_AUTO_TEST_CASE(by_mod_proxy_fcgi_strangers_only_post_and_ask_for_health) {
  check_fence(ApacheStack(Way::PROXY));
}

BOOST_AUTO_TEST_CASE(as_a_cgi_program_strangers_only_post_and_ask_for_health) {
  check_fence(ApacheStack(Way::CGI));
}

BOOST_AUTO_TEST_CASE(by_mod_proxy_fcgi_a_token_comes_through) {
  check_token(ApacheStack(Way::PROXY));
}

BOOST_AUTO_TEST_CASE(as_a_cgi_program_a_token_comes_through) { check_token(ApacheStack(Way::CGI)); }

BOOST_AUTO_TEST_CASE(by_mod_proxy_fcgi_a_sender_that_closes_its_half_gets_its_answer) {
  check_half_closed(ApacheStack(Way::PROXY));
}

BOOST_AUTO_TEST_CASE(as_a_cgi_program_a_sender_that_closes_its_half_gets_its_answer) {
  check_half_closed(ApacheStack(Way::CGI));
}

BOOST_AUTO_TEST_CASE(what_apache_answers_itself_looks_like_payhooks_answers) {
  ApacheStack stack(Way::PROXY);
  check_refusal(answer_to(stack, "GARBAGE\r\n\r\n"), 400, "Bad request");
  check_refusal(answer_to(stack, "TRACE / HTTP/1.1\r\nHost: x\r\n\r\n"), 405, "Method not allowed");
  check_refusal(stack.client().get('/' + std::string(9000, 'x')), 414, "URI too long");
  check_refusal(stack.client().get(path_of("zero%00byte")), 404, "Not found");

  stack.responder().signal(SIGTERM);
  BOOST_TEST((stack.responder().wait() == 0));
  const Response response = stack.client().post_json(k_webhooks, webhook("lost"));
  check_refusal(response, 503, "Temporarily unavailable");
  BOOST_TEST(header(response, "Retry-After") == "5");

  stack.restart_responder();
  BOOST_TEST(stack.client().post_json(k_webhooks, webhook("lost")).status == 202);
}

BOOST_AUTO_TEST_CASE(a_hundred_clients_that_send_a_byte_a_second_delay_nobody) {
  ApacheStack stack(Way::PROXY);
  const std::ptrdiff_t sockets = sockets_of(stack.responder());
  std::list<SlowClient> slow;
  for (int i = 0; i < 100; ++i) {
    slow.emplace_back(stack.client(), webhook(fmt::format("slow_{}", i)));
    slow.back().send_byte();
  }
  // It is payhook that has to bear them: Apache passes on what there is of each body.
  BOOST_REQUIRE(eventually([&] { return sockets_of(stack.responder()) >= sockets + 100; }));

  WebhookLoad quick(stack.port(), 8, 500, "quick");
  const auto are_all_acknowledged = [&] { return quick.acknowledged() == 500; };
  // The responder gives a request 30 seconds to arrive.
  for (int i = 0; i < 25 && !eventually(are_all_acknowledged, std::chrono::seconds{1}); ++i) {
    for (SlowClient& client : slow) {
      client.send_byte();
    }
  }
  BOOST_REQUIRE(are_all_acknowledged());
  for (const SlowClient& client : slow) {
    BOOST_REQUIRE(!client.is_answered());
  }
  BOOST_TEST(quick.answers() == (std::map<int, std::size_t>{{202, 500}}));

  for (SlowClient& client : slow) {
    const Response response = client.finish();
    BOOST_REQUIRE_MESSAGE(response.status == 202, response.status << ' ' << response.body);
  }
  BOOST_TEST(Database(stack.database()).number("SELECT count(*) FROM transactions") == 600);
}

}  // namespace payhook::test
