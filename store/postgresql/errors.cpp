#include "store/postgresql/errors.h"

#include <fmt/format.h>
#include <sysexits.h>

#include "store/errors.h"

namespace payhook::postgresql {

namespace {

constexpr std::string_view k_lock_not_available = "55P03";
constexpr std::string_view k_query_canceled = "57014";  // by statement_timeout, most often
constexpr std::string_view k_read_only = "25006";       // a standby, or a primary that was one

bool is_of(std::string_view sqlstate, std::string_view wanted) {
  return sqlstate.starts_with(wanted);
}

}  // namespace

void throw_failure(std::string_view sqlstate, const std::string& message) {
  const std::string what = fmt::format("PostgreSQL: {} ({})", message, sqlstate);
  if (sqlstate == k_lock_not_available || sqlstate == k_query_canceled) {
    throw StoreTimeout(what);
  }
  if (is_of(sqlstate, "XX")) {  // internal: XX001 and XX002 are data and indexes that are corrupt
    throw StoreDamaged(EX_DATAERR, what +
                                       "; see the server's log before you do anything to its "
                                       "files");
  }
  // The connection, transactions in each other's way, resources, an operator, the system.
  if (sqlstate.empty() || sqlstate == k_read_only || is_of(sqlstate, "08") ||
      is_of(sqlstate, "40") || is_of(sqlstate, "53") || is_of(sqlstate, "57") ||
      is_of(sqlstate, "58")) {
    throw StoreUnavailable(what);
  }
  throw StoreRefused(what);
}

}  // namespace payhook::postgresql
