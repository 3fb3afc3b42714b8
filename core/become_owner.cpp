#include "core/become_owner.h"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <climits>
#include <cstdlib>
#include <optional>

#include "core/system_error.h"

namespace payhook {

namespace {

/// The group of what the user's programs create; that of the directory where he has no name.
gid_t group_of(const struct stat& directory) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): no thread has been started yet.
  const passwd* const user = ::getpwuid(directory.st_uid);
  return user != nullptr ? user->pw_gid : directory.st_gid;
}

/// Whom root has to become, if anybody.
struct Owner {
  uid_t user;
  gid_t group;
};

std::optional<Owner> another_owner(const struct stat& directory) {
  if (::geteuid() != 0 || directory.st_uid == 0) {
    return std::nullopt;
  }
  return Owner{directory.st_uid, group_of(directory)};
}

std::optional<Owner> another_owner_of(const std::filesystem::path& directory) {
  struct stat status {};
  return ::stat(directory.c_str(), &status) == 0 ? another_owner(status) : std::nullopt;
}

/// Returns whether he was root before.
bool begin_to_act(const std::optional<Owner>& owner) {
  if (owner && (::setgroups(1, &owner->group) != 0 || ::setegid(owner->group) != 0 ||
                ::seteuid(owner->user) != 0)) {
    throw_errno(fmt::format("cannot act as user id {}", owner->user));
  }
  return owner.has_value();
}

std::optional<Owner> another_owner_of(const UniqueFd& directory) {
  struct stat status {};
  if (::fstat(directory.get(), &status) != 0) {
    throw_errno("fstat");
  }
  return another_owner(status);
}

std::vector<gid_t> groups_now() {
  std::vector<gid_t> groups(NGROUPS_MAX);
  const int count = ::getgroups(NGROUPS_MAX, groups.data());
  if (count < 0) {
    throw_errno("getgroups");
  }
  groups.resize(static_cast<std::size_t>(count));
  return groups;
}

}  // namespace

void become_owner_of(const std::filesystem::path& directory) {
  const auto owner = another_owner_of(directory);
  if (owner && (::setgroups(1, &owner->group) != 0 || ::setgid(owner->group) != 0 ||
                ::setuid(owner->user) != 0)) {
    throw_errno("cannot become the owner of " + directory.string());
  }
}

ActingAsOwner::ActingAsOwner(const std::filesystem::path& directory)
    : m_group(::getegid()),
      m_groups(groups_now()),
      m_acts(begin_to_act(another_owner_of(directory))) {}

ActingAsOwner::ActingAsOwner(const UniqueFd& directory)
    : m_group(::getegid()),
      m_groups(groups_now()),
      m_acts(begin_to_act(another_owner_of(directory))) {}

ActingAsOwner::~ActingAsOwner() {
  if (m_acts && (::seteuid(0) != 0 || ::setegid(m_group) != 0 ||
                 ::setgroups(m_groups.size(), m_groups.data()) != 0)) {
    std::abort();
  }
}

}  // namespace payhook
