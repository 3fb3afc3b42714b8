#include "tests/end_to_end/stack.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <stdexcept>

namespace payhook::test {

namespace {

constexpr auto k_nginx_configuration = R"(
{user}
daemon off;
worker_processes {workers};
worker_rlimit_nofile 16384;
pid {directory}/nginx.pid;
error_log {directory}/nginx.err notice;

events {{
    worker_connections 8192;
}}

http {{
    access_log {directory}/access.log;
    client_body_temp_path {directory}/client-bodies;
    fastcgi_temp_path {directory}/fastcgi;
    proxy_temp_path {directory}/proxy;
    scgi_temp_path {directory}/scgi;
    uwsgi_temp_path {directory}/uwsgi;

    upstream payhook {{
        server unix:{directory}/fcgi.sock;
        keepalive 1024;
        keepalive_requests 1000000;
        keepalive_timeout 60s;
    }}

    server {{
        listen 127.0.0.1:{port} backlog=4096;
        client_max_body_size 64k;
        client_body_buffer_size 72k;
        {directives}
        include {source}/nginx/payhook-server.conf;
    }}
}}
)";

bool is_healthy(std::uint16_t port) {
  try {
    return HttpClient(port).get("/").status == 200;
  } catch (const NoAnswer&) {
    return false;
  }
}

std::size_t occurrences(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t i = text.find(part); i != text.npos; i = text.find(part, i + part.size())) {
    ++count;
  }
  return count;
}

std::string_view last_part(std::string_view text) {
  constexpr std::size_t k_bytes = 4000;
  return text.substr(text.size() > k_bytes ? text.size() - k_bytes : 0);
}

}  // namespace

std::uint16_t free_port() {
  const UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("no free port");
  }
  return ntohs(address.sin_port);
}

std::vector<std::string> environment(const std::vector<std::string>& more) {
  constexpr std::array<std::string_view, 7> k_orders{
      "PAYHOOK_", "LISTEN_", "GATEWAY_", "JOURNAL_STREAM", "NOTIFY_SOCKET", "REQUEST_", "NGINX"};
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text(*variable);
    if (std::none_of(k_orders.begin(), k_orders.end(),
                     [text](std::string_view order) { return text.starts_with(order); })) {
      variables.emplace_back(text);
    }
  }
  variables.insert(variables.end(), more.begin(), more.end());
  return variables;
}

Stack::Stack(Options options) : m_options(std::move(options)) {
  std::ofstream(directory() / "payhook.toml")
      << fmt::format("database = \"{}\"\nresponder.listen = \"{}\"\n", database().string(),
                     socket().string())
      << fmt::format("processor.delay_seconds = {}\n", m_options.delay.count());
  std::ofstream(directory() / "more.toml") << m_options.toml;
  for (const auto* part : {"sources.d", "secrets"}) {
    std::filesystem::create_directories(settings() / part);
  }
}

void Stack::start() {
  start_responder();
  start_daemon();
  start_nginx();
  wait_until_daemon_ready();
  wait_until_healthy();
}

/// Somebody may have taken the port meanwhile; then nginx ends, and another port is tried.
void Stack::start_nginx() {
  const CommandLine command{
      {PAYHOOK_NGINX, "-e", (directory() / "nginx.err").string(), "-p", directory().string(), "-c",
       (directory() / "nginx.conf").string()},
      environment(),
      -1,
      -1,
      // Killed, it would leave its workers behind; asked to end, it takes them along.
      SIGTERM};
  m_nginx.kill();
  for (int attempt = 0; attempt < 5; ++attempt) {
    if (m_port == 0 || attempt > 0) {
      m_port = free_port();
      write_nginx_configuration();
    }
    // It is written once nginx has the port: who answers before may be somebody else.
    const auto pid_file = directory() / "nginx.pid";
    std::filesystem::remove(pid_file);
    m_nginx = start_program(command, "nginx");
    const auto listens = [this, &pid_file] {
      if (!std::filesystem::exists(pid_file)) {
        return !m_nginx.is_running();
      }
      try {
        HttpClient(m_port).connect();
        return true;
      } catch (const NoAnswer&) {
        return !m_nginx.is_running();
      }
    };
    if (eventually(listens) && m_nginx.is_running()) {
      return;
    }
  }
  throw std::runtime_error("nginx does not start\n" + logs());
}

void Stack::start_responder() {
  m_responder.kill();
  provide_database();
  ++m_responder_starts;
  m_responder = start_program(responder_command(), "payhook-fcgi");
}

void Stack::start_daemon() {
  m_daemon.kill();
  provide_database();
  ++m_daemon_starts;
  m_daemon = start_program(daemon_command(), "payhookd");
}

void Stack::wait_until_healthy() {
  if (!eventually([this] { return is_healthy(m_port); })) {
    throw std::runtime_error("GET / is not answered\n" + logs());
  }
}

void Stack::wait_until_responder_ready() {
  wait_until_ready("payhook-fcgi", m_responder, m_responder_starts);
}

void Stack::wait_until_daemon_ready() { wait_until_ready("payhookd", m_daemon, m_daemon_starts); }

void Stack::wait_until_ready(std::string_view program, Program& process, std::size_t times) {
  const auto is_ready = [&] { return occurrences(log_of(program), ": ready") >= times; };
  eventually([&] { return is_ready() || !process.is_running(); });
  if (!is_ready()) {
    throw std::runtime_error(fmt::format("{} does not get ready\n{}", program, logs()));
  }
}

void Stack::need_token(const std::string& token) const {
  const std::filesystem::path file = directory() / "read-token";
  if (!std::filesystem::exists(file)) {
    std::ofstream(directory() / "payhook.toml", std::ios::app)
        << fmt::format("reading.tokens = [\"{}\"]\n", file.string());
  }
  std::ofstream(file) << token << '\n';
  std::filesystem::permissions(file, std::filesystem::perms(0640));
}

CommandLine Stack::responder_command() const {
  return {{PAYHOOK_FCGI, "--config", (directory() / "payhook.toml").string(), "--config",
           (directory() / "more.toml").string(), "--config", settings().string()},
          environment()};
}

CommandLine Stack::daemon_command() const {
  CommandLine command = responder_command();
  command.arguments.front() = PAYHOOKD;
  return command;
}

CommandLine Stack::ctl_command(const std::vector<std::string>& arguments) const {
  CommandLine command = responder_command();
  command.arguments.front() = PAYHOOKCTL;
  command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
  return command;
}

/// What goes wrong here, the program that is started next says too.
void Stack::provide_database() const {
  if (!std::filesystem::exists(database())) {
    run(create_database_command());
  }
}

Program Stack::start_program(const CommandLine& command, std::string_view name) const {
  return Program(command, directory() / fmt::format("{}.out", name),
                 directory() / fmt::format("{}.err", name));
}

std::string Stack::log_of(std::string_view program) const {
  return contents(directory() / fmt::format("{}.err", program));
}

void Stack::forget_logs() {
  for (const auto* program : {"payhook-fcgi", "payhookd"}) {
    std::filesystem::remove(directory() / fmt::format("{}.err", program));
  }
  m_responder_starts = 0;
  m_daemon_starts = 0;
}

std::string Stack::logs() const {
  std::string text;
  for (const auto* program : {"nginx", "apache2", "payhook-fcgi", "payhookd"}) {
    text += fmt::format("---- {}:\n{}", program, last_part(log_of(program)));
  }
  return text;
}

void Stack::write_nginx_configuration() const {
  std::ofstream(directory() / "nginx.conf") << fmt::format(
      k_nginx_configuration, fmt::arg("user", ::geteuid() == 0 ? "user root;" : ""),
      fmt::arg("workers", m_options.nginx_workers), fmt::arg("directory", directory().string()),
      fmt::arg("port", m_port), fmt::arg("directives", m_options.server_directives),
      fmt::arg("source", PAYHOOK_SOURCE_DIR));
}

std::string webhook(std::string_view transaction_id, std::string_view amount) {
  return fmt::format(R"({{"transaction_id":"{}","source_account":"acc_user_001",)"
                     R"("destination_account":"acc_merchant_001","amount":{},"currency":"INR"}})",
                     transaction_id, amount);
}

std::string http_post(std::string_view webhook) {
  return fmt::format(
      "POST {} HTTP/1.1\r\nHost: payhook.test\r\nContent-Type: application/json\r\n"
      "Content-Length: {}\r\n\r\n{}",
      k_webhooks, webhook.size(), webhook);
}

Header bearing(const std::string& token) { return {"Authorization", "Bearer " + token}; }

std::string path_of(std::string_view transaction_id) {
  return fmt::format("/v1/transactions/{}", transaction_id);
}

}  // namespace payhook::test
