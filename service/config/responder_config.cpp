#include "service/config/responder_config.h"

#include <sys/un.h>

namespace payhook {

namespace {

constexpr std::size_t k_max_socket_bytes = sizeof(sockaddr_un::sun_path) - 1;

}  // namespace

void ResponderConfig::read(ConfigSection& section) {
  section.read_path("listen", listen, k_max_socket_bytes);
  if (const auto most = section.read_integer("max_body_bytes", 1, 1 << 20)) {
    max_body_bytes = static_cast<std::size_t>(*most);
  }
  section.read_choice<ConflictAnswer>(
      "conflicting_duplicate", conflicting_duplicate,
      {{"accept", ConflictAnswer::ACCEPT}, {"reject", ConflictAnswer::REJECT}});
}

}  // namespace payhook
