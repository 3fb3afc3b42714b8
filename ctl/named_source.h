#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "ctl/context.h"

namespace payhook {

/// The configured source of this name, or null.
std::shared_ptr<const Source> find_source(const Config& config, std::string_view name);

/// The configured source of this name; without one, that of the default's name, or the only one
/// that there is. Throws ProgramError (EX_USAGE), naming those that there are, and as
/// Context::config() does.
std::shared_ptr<const Source> named_source(Context& context,
                                           const std::optional<std::string>& name);

/// Nothing where there is no name, or a source of this name: a configured one, the default's, or
/// one that has sent something once. Throws ProgramError (EX_USAGE), naming those that there are,
/// and as Context::store() does.
void require_known_source(Context& context, const std::optional<std::string>& name);

/// The key that a webhook of this source is signed with at this moment. Throws ProgramError
/// (EX_UNAVAILABLE) where none counts then.
const SignatureKey& signing_key(const Source& source, Timestamp now);

}  // namespace payhook
