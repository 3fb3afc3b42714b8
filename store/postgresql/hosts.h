#pragma once

#include <string>
#include <vector>

namespace payhook::postgresql {

/// One of the servers that a connection string names.
struct Host {
  std::string host;      ///< a name, an address, or the directory of a socket
  std::string hostaddr;  ///< its address, where it is not to be looked up
  std::string port;
};

/// The servers of a connection string, a URI or libpq's keywords and values; one without any values
/// where it leaves that to libpq. Throws ProgramError for what is no connection string.
std::vector<Host> hosts_of(const std::string& conninfo);

}  // namespace payhook::postgresql
