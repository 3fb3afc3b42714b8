#include "ctl/named_source.h"

#include <fmt/format.h>
#include <sysexits.h>

#include <algorithm>
#include <set>
#include <vector>

#include "core/program_error.h"

namespace payhook {

namespace {

template <typename Names>
ProgramError no_source(const std::string& name, const Names& names) {
  return {EX_USAGE,
          fmt::format("there is no source {}: there are {}", name, fmt::join(names, ", "))};
}

}  // namespace

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
  throw no_source(name.value_or(k_default_source), names);
}

void require_known_source(Context& context, const std::optional<std::string>& name) {
  if (!name || find_source(context.config(), *name) != nullptr) {
    return;
  }
  std::set<std::string> names{k_default_source};  // whose are all that are imported
  for (const auto& source : context.config().sources) {
    names.insert(source->name);
  }
  for (const OutcomeTotal& total : context.store().open_statistics()->totals()) {
    names.insert(total.source);
  }
  if (!names.contains(*name)) {
    throw no_source(*name, names);
  }
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
