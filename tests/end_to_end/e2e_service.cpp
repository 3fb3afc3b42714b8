// What the programs tell the service manager that started them, and what they do on SIGHUP:
// systemd's protocol (NOTIFY_SOCKET, WATCHDOG_USEC).

#include <sys/socket.h>
#include <sys/un.h>

#include <boost/test/unit_test.hpp>
#include <cstring>
#include <fstream>

#include "tests/end_to_end/tested_stack.h"

namespace payhook::test {

namespace {

/// Where a service manager listens.
class NotifySocket {
 public:
  explicit NotifySocket(const std::filesystem::path& path)
      : m_path(path), m_socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    BOOST_REQUIRE(::bind(m_socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) ==
                  0);
    const timeval patience{30, 0};
    ::setsockopt(m_socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }

  /// For a program that is to say each third of a second that it is alive.
  std::vector<std::string> variables() const {
    return {"NOTIFY_SOCKET=" + m_path.string(), "WATCHDOG_USEC=1000000"};
  }

  /// Reads messages up to one that begins so, and returns it; fails the test when none comes.
  std::string wait_for(std::string_view beginning) const {
    std::string message(4096, '\0');
    for (;;) {
      const ssize_t size = ::recv(m_socket.get(), message.data(), message.size(), 0);
      BOOST_REQUIRE_MESSAGE(size >= 0, "nobody says " << beginning);
      const std::string_view text(message.data(), static_cast<std::size_t>(size));
      if (text.starts_with(beginning)) {
        return std::string(text);
      }
    }
  }

 private:
  std::filesystem::path m_path;
  UniqueFd m_socket;
};

struct Service {
  Program start(CommandLine command) const {
    run(stack.create_database_command());
    const std::vector<std::string> variables = manager.variables();
    command.environment.insert(command.environment.end(), variables.begin(), variables.end());
    const std::string name = std::filesystem::path(command.arguments.front()).filename();
    return {command, stack.directory() / (name + ".out"), stack.directory() / (name + ".err")};
  }

  void configure(const std::string& toml) const {
    std::ofstream(stack.directory() / "more.toml") << toml;
  }

  /// Has the program read its configuration again.
  void reload(const Program& program) const {
    program.signal(SIGHUP);
    manager.wait_for("RELOADING=1\nMONOTONIC_USEC=");
    manager.wait_for("READY=1");
  }

  TestedStack stack{Stack::Options{.delay = std::chrono::hours{1}}};
  NotifySocket manager{stack.directory() / "notify"};
};

/// Its responder runs, behind nginx.
struct RespondingService : Service {
  RespondingService() {
    manager.wait_for("READY=1");
    stack.start_nginx();
    stack.wait_until_healthy();
  }

  Program responder = start(stack.responder_command());
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(both_say_when_they_are_ready_how_they_are_and_when_they_stop, Service) {
  for (const auto& [command, status] :
       {std::pair(stack.responder_command(), "STATUS=Storing 0.0 webhooks/s, 0 waiting"),
        std::pair(stack.daemon_command(), "STATUS=Processing 0.0 transactions/s, 0 overdue")}) {
    Program program = start(command);
    manager.wait_for("READY=1");
    BOOST_TEST(manager.wait_for("STATUS=") == status);
    for (int i = 0; i < 3; ++i) {
      manager.wait_for("WATCHDOG=1");
    }
    program.signal(SIGTERM);
    manager.wait_for("STOPPING=1");
    BOOST_TEST((program.wait() == 0));
  }
}

BOOST_FIXTURE_TEST_CASE(the_responder_is_alive_while_the_database_keeps_it_waiting,
                        RespondingService) {
  HttpClient client = stack.client();
  {
    const HeldTurn turn(stack.database());
    client.send(http_post(webhook("waits")));
    for (int i = 0; i < 5; ++i) {
      manager.wait_for("WATCHDOG=1");
    }
  }
  const int status = client.receive().status;
  BOOST_TEST((status == 202 || status == 503), status);
}

BOOST_FIXTURE_TEST_CASE(the_processor_is_alive_while_the_database_keeps_it_waiting, Service) {
  configure("processor.delay_seconds = 0");
  const Program daemon = start(stack.daemon_command());
  manager.wait_for("READY=1");
  const HeldTurn turn(stack.database());
  for (int i = 0; i < 10; ++i) {
    manager.wait_for("WATCHDOG=1");
  }
}

BOOST_FIXTURE_TEST_CASE(the_responder_goes_on_with_another_configuration, RespondingService) {
  HttpClient client = stack.client();
  BOOST_TEST(client.post_json(k_webhooks, webhook("t", "500")).status == 202);
  BOOST_TEST(client.post_json(k_webhooks, webhook("t", "501")).status == 202);
  configure("responder.conflicting_duplicate = \"reject\"");
  reload(responder);
  BOOST_TEST(client.post_json(k_webhooks, webhook("t", "502")).status == 409);
}

BOOST_FIXTURE_TEST_CASE(another_delay_counts_for_what_comes_from_then_on, RespondingService) {
  stack.start_daemon();
  stack.wait_until_daemon_ready();  // until then SIGHUP ends it
  HttpClient client = stack.client();
  BOOST_TEST(client.post_json(k_webhooks, webhook("before")).status == 202);
  configure("processor.delay_seconds = 0");
  reload(responder);
  BOOST_TEST(client.post_json(k_webhooks, webhook("after")).status == 202);
  stack.daemon().signal(SIGHUP);
  const Database database(stack.database());
  BOOST_TEST(eventually([&] {
    return database.text(
               "SELECT group_concat(transaction_id) FROM transactions "
               "WHERE status = 'PROCESSED'") == "after";
  }));
}

BOOST_FIXTURE_TEST_CASE(of_a_wrong_configuration_nothing_is_taken, RespondingService) {
  HttpClient client = stack.client();
  BOOST_TEST(client.post_json(k_webhooks, webhook("t", "500")).status == 202);
  configure("responder.conflicting_duplicate = \"reject\"\nprocessor.delay = 1");
  reload(responder);
  BOOST_TEST(client.post_json(k_webhooks, webhook("t", "501")).status == 202);
}

BOOST_FIXTURE_TEST_CASE(the_log_says_what_is_wrong_with_a_configuration, Service) {
  for (const CommandLine& command : {stack.responder_command(), stack.daemon_command()}) {
    configure("");
    Program program = start(command);
    manager.wait_for("READY=1");
    configure("[responder]\nconflicting_duplicate = \"perhaps\"");
    reload(program);
    const auto log =
        stack.log_of(std::filesystem::path(command.arguments.front()).filename().string());
    BOOST_TEST(log.find("error: the configuration stays as it was: ") != std::string::npos, log);
    BOOST_TEST(log.find("more.toml:2: responder.conflicting_duplicate") != std::string::npos, log);
    program.signal(SIGTERM);
    BOOST_TEST((program.wait() == 0));
  }
}

BOOST_FIXTURE_TEST_CASE(what_only_a_restart_changes_is_told, Service) {
  const Program responder = start(stack.responder_command());
  manager.wait_for("READY=1");
  configure("database = \"/elsewhere/db.sqlite\"");
  reload(responder);
  const std::string log = stack.log_of("payhook-fcgi");
  BOOST_TEST(log.find("restart for the changed database") != std::string::npos, log);
}

}  // namespace payhook::test
