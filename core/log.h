#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

/// The programs' log: lines on standard error, or, where that is systemd's journal, entries with
/// fields. Each is written with one call, so those of several threads and processes do not mix.
/// Bodies, accounts and amounts are never logged. All functions are thread-safe.
namespace payhook::log {

/// What a line tells. Each has a level, an error where an operator must act, and, in the journal, a
/// MESSAGE_ID of its own that never changes: payhook-fcgi(8) lists them. Last words, STOPPED and
/// FAILED, have no fields: systemd's own entries tell of these events.
enum class Event {
  READY,
  STOPPED,
  FAILED,          ///< the program ends, or cannot start
  RELOADED,        ///< the configuration was read again
  RELOAD_REFUSED,  ///< it is wrong, and the old one is kept
  REFUSED,         ///< a request: it is the client's fault
  UNAUTHORIZED,    ///< nor has one proved who it is: answered 401
  CONFLICT,        ///< a webhook that repeats an id with other values
  QUARANTINED,     ///< one of an authentic sender that became no transaction
  UNAVAILABLE,     ///< a request was answered 503
  STORE_TROUBLE,   ///< that may pass by itself, as when another program is busy
  STORE_FAILURE,   ///< processing or upkeep stands still
  OUTAGE,          ///< the program has been unable to do its work for some time
  OUTAGE_OVER,     ///< it can again
  STORE_ALARM,     ///< the database is damaged, or holds what it must not: see to it
  CONNECTION_TROUBLE,
  ATTEMPT_FAILED,      ///< a handler did not succeed, and is tried again
  TRANSACTION_FAILED,  ///< no other attempt is made: see to it
  OPEN_SOURCE,         ///< anybody may send its webhooks
  OLD_SECRET           ///< one that is to be replaced was used
};

/// The request, or the transaction, that a line is about.
struct Request {
  std::string_view request_id = {};
  std::string_view transaction_id = {};  ///< the log gets its fingerprint, or nothing
};

/// What the log shows of transaction ids.
enum class TransactionIds {
  HASHED,  ///< fingerprint_of_id()
  OMITTED
};

/// Names the program at the start of every line. Call it before any thread starts.
void set_program(std::string name);

void set_transaction_ids(TransactionIds shown) noexcept;

/// Writes one line, or counts it: of each event at most RateLimit::k_lines are written in a
/// RateLimit::k_window, and a further line tells the number of the others. A line that cannot be
/// written at once is dropped, and one of more than PIPE_BUF bytes is cut. Control characters are
/// written as '?', so that nobody can forge a line.
void write(Event event, const Request& request, std::string_view text) noexcept;

/// A line that is made beforehand, for a signal handler: writing it neither locks nor allocates,
/// and counts nothing. For last words.
class PreparedLine {
 public:
  PreparedLine(Event event, std::string_view text);
  void write() const noexcept;

 private:
  std::string m_line;
};

/// Tells of lines that were only counted, where that is due.
void write_counts() noexcept;

/// The same at the end of the program, whether due or not. Limits begin anew.
void write_last_counts() noexcept;

template <typename... Args>
void report(Event event, fmt::format_string<Args...> format, Args&&... args) {
  write(event, {}, fmt::format(format, std::forward<Args>(args)...));
}

template <typename... Args>
void report(Event event, const Request& request, fmt::format_string<Args...> format,
            Args&&... args) {
  write(event, request, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace payhook::log
