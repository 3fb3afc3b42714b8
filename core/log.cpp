#include "core/log.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <climits>
#include <cstdlib>
#include <map>
#include <mutex>
#include <vector>

#include "core/ascii.h"
#include "core/log_fingerprint.h"
#include "core/rate_limit.h"
#include "core/unique_fd.h"

namespace payhook::log {

namespace {

/// The numbers are syslog's priorities.
enum class Level { ERROR = 3, WARNING = 4, INFO = 6 };

struct Kind {
  Level level;
  std::string_view message_id;        ///< empty for last words
  std::string_view others = "lines";  ///< what those are that are only counted
  std::string_view outcome = {};      ///< of a request
};

/// Each event's own: one that is left out does not compile.
Kind kind_of(Event event) {
  switch (event) {
    case Event::READY:
      return {Level::INFO, "a72ab103ac87403283b699d21dc86605"};
    case Event::STOPPED:
      return {Level::INFO, ""};
    case Event::FAILED:
      return {Level::ERROR, ""};
    case Event::RELOADED:
      return {Level::INFO, "0c148ab31e794345993d495a71ec1dc4"};
    case Event::RELOAD_REFUSED:
      return {Level::ERROR, "638fc2f55db84535a5471aec17c5b22b"};
    case Event::REFUSED:
      return {Level::WARNING, "d1f0188926044de784edd60334743afe", "refused requests", "refused"};
    case Event::UNAUTHORIZED:
      return {Level::WARNING, "c1845d0574a4484da6bf567dcc04d037", "unauthorized requests",
              "unauthorized"};
    case Event::CONFLICT:
      return {Level::WARNING, "a3a52b8b409941bfa0496a08afa6f126", "conflicting webhooks",
              "conflict"};
    case Event::QUARANTINED:
      return {Level::ERROR, "602d8a28f17e4b16aa054fa3b3f6ca8a", "quarantined webhooks",
              "quarantined"};
    case Event::UNAVAILABLE:
      return {Level::ERROR, "20344baf6c7e4e3eb5cb599e2f0a53c3", "requests answered 503",
              "unavailable"};
    case Event::STORE_TROUBLE:
      return {Level::WARNING, "dcaca1d0572240f6937b3134992db583", "lines about the store"};
    case Event::STORE_FAILURE:
      return {Level::ERROR, "1f51951e8d514def8dd6921ab4672d3b", "lines about the store"};
    case Event::OUTAGE:
      return {Level::ERROR, "ef6d70e6a4274868934b30bbfae1badb"};
    case Event::OUTAGE_OVER:
      return {Level::INFO, "fee2cfeda2ad47f6a5cecba51690e5a5"};
    case Event::STORE_ALARM:
      return {Level::ERROR, "bdce81ce6d274f868e55e0cac04a968b", "alarms of the store"};
    case Event::CONNECTION_TROUBLE:
      return {Level::WARNING, "3c578c832286408ba4447a5179170b64", "lines about connections"};
    case Event::ATTEMPT_FAILED:
      return {Level::WARNING, "0fc43f1d1756435fbad3f756619427b4", "failed attempts"};
    case Event::TRANSACTION_FAILED:
      return {Level::ERROR, "e66b2784994b4b7aa71313adf1b16a60", "failed transactions"};
    case Event::OPEN_SOURCE:
      return {Level::WARNING, "a424ebca90644befa18358e045f7ad17"};
    case Event::OLD_SECRET:
      return {Level::WARNING, "57f3605392634a06936799029147afd5", "lines about old secrets"};
  }
  std::abort();
}

// A line that nobody can take in one piece is none.
constexpr std::size_t k_max_bytes = PIPE_BUF - 1;

struct Log {
  std::string program = "payhook";
  std::atomic<TransactionIds> transaction_ids = TransactionIds::HASHED;
  std::mutex mutex;
  std::map<Event, RateLimit> limits;
};

Log& the_log() {
  static Log log;
  return log;
}

/// Whether standard error is the journal. The variable alone does not tell: shells inherit it.
bool in_journal() {
  static const bool journal = [] {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody in these programs writes the environment.
    const char* const stream = std::getenv("JOURNAL_STREAM");
    struct stat status {};
    return stream != nullptr && ::fstat(STDERR_FILENO, &status) == 0 &&
           fmt::format("{}:{}", status.st_dev, status.st_ino) == stream;
  }();
  return journal;
}

std::string_view name_of(Level level) {
  switch (level) {
    case Level::ERROR:
      return "error: ";
    case Level::WARNING:
      return "warning: ";
    case Level::INFO:
      break;
  }
  return "";
}

void append_cleaned(std::string& line, std::string_view text) {
  std::transform(text.begin(), text.end(), std::back_inserter(line),
                 [](char c) { return is_control(c) ? '?' : c; });
}

void cut(std::string& line) {
  if (line.size() > k_max_bytes) {
    line.replace(k_max_bytes - 3, std::string::npos, "...");
  }
}

/// A reader that has stopped reading must not stop the program: a pipe that is reported writable
/// has room for PIPE_BUF bytes.
void write_unless_blocked(std::string_view line) {
  pollfd out{STDERR_FILENO, POLLOUT, 0};
  if (::poll(&out, 1, 0) == 1) {
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
  }
}

/// One entry of the journal, being put together: a field on each line.
class JournalEntry {
 public:
  void add(std::string_view name, std::string_view value) {
    if (!value.empty()) {
      m_text.append(name).append("=");
      append_cleaned(m_text, value);
      m_text += '\n';
    }
  }

  /// libsystemd's sd_journal_sendv() would wait for a journal that does not read.
  void send() const {
    static const UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    static const sockaddr_un address{AF_UNIX, "/run/systemd/journal/socket"};
    ::sendto(socket.get(), m_text.data(), m_text.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
             reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }

 private:
  std::string m_text;
};

struct Line {
  const Kind& kind;
  Request request;
  std::string fingerprint;
  std::string text;
  std::uint64_t suppressed = 0;
};

void send_to_journal(const Line& line) {
  JournalEntry entry;
  entry.add("MESSAGE", line.text);
  entry.add("MESSAGE_ID", line.kind.message_id);
  entry.add("PRIORITY", fmt::format("{}", static_cast<int>(line.kind.level)));
  entry.add("SYSLOG_IDENTIFIER", the_log().program);
  entry.add("OUTCOME", line.kind.outcome);
  entry.add("REQUEST_ID", line.request.request_id);
  entry.add("TRANSACTION_ID", line.fingerprint);
  if (line.suppressed > 0) {
    entry.add("SUPPRESSED", fmt::format("{}", line.suppressed));
  }
  entry.send();
}

/// For standard error.
std::string plain_line(const Kind& kind, std::string_view text) {
  std::string line = in_journal() ? fmt::format("<{}>", static_cast<int>(kind.level))
                                  : fmt::format("{}: {}", the_log().program, name_of(kind.level));
  append_cleaned(line, text);
  cut(line);
  return line + '\n';
}

void put(Line line) {
  cut(line.text);
  if (in_journal() && !line.kind.message_id.empty()) {
    send_to_journal(line);
    return;
  }
  // A datagram tells the journal whose it is only as long as its sender lives; the stream always.
  write_unless_blocked(plain_line(line.kind, line.text));
}

void put(const Kind& kind, const Request& request, std::string_view text) {
  Line line{kind, request, {}, std::string(text)};
  std::vector<std::string> about;
  if (!request.request_id.empty()) {
    about.push_back(fmt::format("request {}", request.request_id));
  }
  if (!request.transaction_id.empty() && the_log().transaction_ids == TransactionIds::HASHED) {
    line.fingerprint = fingerprint_of_id(request.transaction_id);
    about.push_back(fmt::format("transaction {}", line.fingerprint));
  }
  if (!about.empty()) {
    line.text += fmt::format(" ({})", fmt::join(about, ", "));
  }
  put(std::move(line));
}

void put_count(const Kind& kind, std::uint64_t count) {
  if (count > 0) {
    put({kind, {}, {}, fmt::format("{} more {}", count, kind.others), count});
  }
}

/// With the log's mutex held.
void put_counts(RateLimit::Time now) {
  for (auto& [event, limit] : the_log().limits) {
    put_count(kind_of(event), limit.take_count(now));
  }
}

}  // namespace

void set_program(std::string name) { the_log().program = std::move(name); }

void set_transaction_ids(TransactionIds shown) noexcept { the_log().transaction_ids = shown; }

void write(Event event, const Request& request, std::string_view text) noexcept {
  const Kind kind = kind_of(event);
  const auto now = std::chrono::steady_clock::now();
  const std::lock_guard lock(the_log().mutex);
  RateLimit& limit = the_log().limits[event];
  put_count(kind, limit.take_count(now));
  if (limit.admit(now)) {
    put(kind, request, text);
  }
}

PreparedLine::PreparedLine(Event event, std::string_view text)
    : m_line(plain_line(kind_of(event), text)) {}

void PreparedLine::write() const noexcept { write_unless_blocked(m_line); }

void write_counts() noexcept {
  const std::lock_guard lock(the_log().mutex);
  put_counts(std::chrono::steady_clock::now());
}

void write_last_counts() noexcept {
  const std::lock_guard lock(the_log().mutex);
  put_counts(RateLimit::Time::max());
  the_log().limits = {};
}

}  // namespace payhook::log
