#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "tests/end_to_end/database.h"
#include "tests/end_to_end/http_client.h"
#include "tests/end_to_end/program.h"
#include "tests/support/temporary_directory.h"

namespace payhook::test {

/// This process's environment without what the programs take orders from, and `more`.
std::vector<std::string> environment(const std::vector<std::string>& more = {});

/// A port of 127.0.0.1 that was free a moment ago. Throws std::runtime_error.
std::uint16_t free_port();

/// All of payhook as a host runs it, in a directory of its own: the real nginx, with the server
/// configuration that is installed, in front of payhook-fcgi, and payhookd beside it. Each program
/// can be started, stopped, killed and waited for alone.
class Stack {
 public:
  struct Options {
    std::chrono::seconds delay{30};
    std::string toml = {};               ///< read after, and instead of, what the stack sets itself
    std::string server_directives = {};  ///< more lines for nginx's server block
    int nginx_workers = 2;
  };

  /// Writes the configurations; starts nothing.
  explicit Stack(Options options);
  Stack() : Stack(Options{}) {}
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;

  /// Starts all three and returns once they are ready and GET / is answered. Throws
  /// std::runtime_error when that does not come.
  void start();
  /// One of them; one that still runs is killed before. Payhook's programs get a database first,
  /// where there is none.
  void start_nginx();
  void start_responder();
  void start_daemon();

  /// Until GET / is answered 200; throws std::runtime_error.
  void wait_until_healthy();
  /// Until the programs started last say that they are ready; throws std::runtime_error.
  void wait_until_responder_ready();
  void wait_until_daemon_ready();

  Program& nginx() noexcept { return m_nginx; }
  Program& responder() noexcept { return m_responder; }
  Program& daemon() noexcept { return m_daemon; }

  /// Who reads needs this token, and no other, once the responder reads its settings the next time.
  void need_token(const std::string& token) const;

  /// For starting them in other ways.
  CommandLine responder_command() const;
  CommandLine daemon_command() const;
  /// payhookctl with these arguments.
  CommandLine ctl_command(const std::vector<std::string>& arguments) const;
  CommandLine create_database_command() const { return ctl_command({"create"}); }

  std::filesystem::path directory() const { return m_directory.path(); }
  std::filesystem::path database() const { return directory() / "db.sqlite"; }
  /// A directory of settings as /etc/payhook is one, read after all others: sources.d and secrets.
  std::filesystem::path settings() const { return directory() / "etc"; }
  std::filesystem::path socket() const { return directory() / "fcgi.sock"; }
  std::uint16_t port() const noexcept { return m_port; }

  HttpClient client(std::chrono::milliseconds patience = std::chrono::seconds{30}) const {
    return HttpClient(m_port, patience);
  }

  /// What a program ("nginx", "payhook-fcgi", "payhookd") has written to its standard error.
  std::string log_of(std::string_view program) const;
  /// Empties the logs of payhook's programs. Restart them before waiting until they are ready.
  void forget_logs();
  /// The last lines of all logs, for a person who wonders why a test failed.
  std::string logs() const;

 private:
  void write_nginx_configuration() const;
  void provide_database() const;
  Program start_program(const CommandLine& command, std::string_view name) const;
  void wait_until_ready(std::string_view program, Program& process, std::size_t times);

  const TemporaryDirectory m_directory;
  const Options m_options;
  std::uint16_t m_port = 0;
  std::size_t m_responder_starts = 0;
  std::size_t m_daemon_starts = 0;
  Program m_nginx;
  Program m_responder;
  Program m_daemon;
};

/// A webhook with this id, valid.
std::string webhook(std::string_view transaction_id, std::string_view amount = "500");

/// All that a client sends to post it, for clients that do not wait for the answer.
std::string http_post(std::string_view webhook);

inline constexpr std::string_view k_webhooks = "/v1/webhooks/transactions";
inline constexpr std::string_view k_received = R"({"message": "Webhook received"})";

/// The header of one who reads with this token.
Header bearing(const std::string& token);

/// The path of a transaction, whose id needs no encoding.
std::string path_of(std::string_view transaction_id);

}  // namespace payhook::test
