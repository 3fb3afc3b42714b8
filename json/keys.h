#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "json/grammar.h"
#include "json/key_hash.h"

namespace payhook {

/// The keys of the objects that are open while a document is read from its beginning to its end:
/// finds those that come twice. It costs a small constant for each key and byte of it, and holds
/// less than 60 bytes for a key.
class JsonKeys {
 public:
  /// For the keys of this document, which must outlive it.
  explicit JsonKeys(const std::string& document);

  /// Enters an object. At most k_max_json_depth are open at a time.
  void open_object() noexcept;

  /// Leaves the object that was entered last, and forgets its keys.
  void close_object() noexcept;

  /// Adds a key to the object that was entered last: its name without escapes, and where the inside
  /// of its string begins in the document. Returns false when the object has the name already.
  [[nodiscard]] bool add(std::string_view name, std::size_t offset);

 private:
  struct Key {
    std::uint32_t hash;
    std::uint32_t offset;
  };

  /// An object's keys are the last ones from its first on. So are its slots, an open-addressed hash
  /// table of their numbers; it has none while its keys are few.
  struct Object {
    std::size_t first_key;
    std::size_t first_slot;
  };

  bool has_name(const Key& key, std::string_view name) const;
  bool is_among_few(const Key& key, std::string_view name, const Object& object) const;
  bool take_slot(const Key& key, std::string_view name, const Object& object);
  void grow(const Object& object);

  const std::string& m_document;
  const JsonKeyHash& m_hash;
  std::vector<Key> m_keys;
  std::vector<std::uint32_t> m_slots;  // 0 is empty, otherwise one more than the number of a key
  std::array<Object, k_max_json_depth> m_objects{};
  std::size_t m_depth = 0;
};

}  // namespace payhook
