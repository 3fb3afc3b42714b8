#include "ctl/named_source.h"

#include <fmt/format.h>
#include <sysexits.h>

#include <algorithm>
#include <vector>

#include "core/program_error.h"

namespace payhook {

std::shared_ptr<const Source> find_source(const Config& config, std::string_view name) {
  const auto found = std::find_if(config.sources.begin(), config.sources.end(),
                                  [name](const auto& source) { return source->name == name; });
  return found == config.sources.end() ? nullptr : *found;
}

std::shared_ptr<const Source> named_source(Context& context,
                                           const std::optional<std::string>& name) {
  const auto& sources = context.config().sources;
  if (!name && sources.size() == 1) {
    return sources.front();
  }
  std::vector<std::string> names;
  for (const auto& source : sources) {
    if (source->name == name.value_or(k_default_source)) {
      return source;
    }
    names.push_back(source->name);
  }
  throw ProgramError(
      EX_USAGE, fmt::format("there is no source {}: there are {}", name.value_or(k_default_source),
                            fmt::join(names, ", ")));
}

const SignatureKey& signing_key(const Source& source, Timestamp now) {
  const auto& secrets = source.verifier->secrets();
  const auto found = std::find_if(secrets.begin(), secrets.end(), [now](const Secret& secret) {
    return secret.not_before <= now && now <= secret.not_after;
  });
  if (found == secrets.end()) {
    throw ProgramError(
        EX_UNAVAILABLE,
        fmt::format("no secret of the source {} counts now: see not_before and not_after of its "
                    "secrets",
                    source.name));
  }
  return found->key;
}

}  // namespace payhook
