#include "json/keys.h"

#include <algorithm>

#include "json/escapes.h"

namespace payhook {

namespace {

// Up to so many keys a look at each costs less than a table.
constexpr std::size_t k_few = 8;
constexpr std::size_t k_first_slots = 32;
constexpr std::size_t k_usual_keys = 16;

const JsonKeyHash& key_hash() {
  static const JsonKeyHash k_hash;
  return k_hash;
}

}  // namespace

JsonKeys::JsonKeys(const std::string& document) : m_document(document), m_hash(key_hash()) {
  m_keys.reserve(k_usual_keys);
}

void JsonKeys::open_object() noexcept { m_objects[m_depth++] = {m_keys.size(), m_slots.size()}; }

void JsonKeys::close_object() noexcept {
  const Object& object = m_objects[--m_depth];
  m_keys.resize(object.first_key);
  m_slots.resize(object.first_slot);
}

bool JsonKeys::add(std::string_view name, std::size_t offset) {
  const Object& object = m_objects[m_depth - 1];
  const Key key{m_hash(name), static_cast<std::uint32_t>(offset)};
  const std::size_t slots = m_slots.size() - object.first_slot;
  if (slots == 0 ? is_among_few(key, name, object) : !take_slot(key, name, object)) {
    return false;
  }
  m_keys.push_back(key);
  const std::size_t keys = m_keys.size() - object.first_key;
  if (slots == 0 ? keys > k_few : keys > slots / 2) {
    grow(object);
  }
  return true;
}

inline bool JsonKeys::is_among_few(const Key& key, std::string_view name,
                                   const Object& object) const {
  for (std::size_t i = object.first_key; i < m_keys.size(); ++i) {
    if (m_keys[i].hash == key.hash && has_name(m_keys[i], name)) {
      return true;
    }
  }
  return false;
}

inline bool JsonKeys::take_slot(const Key& key, std::string_view name, const Object& object) {
  const std::size_t mask = m_slots.size() - object.first_slot - 1;
  std::uint32_t* const slots = m_slots.data() + object.first_slot;
  const Key* const keys = m_keys.data() + object.first_key;
  std::size_t i = key.hash & mask;
  for (; slots[i] != 0; i = (i + 1) & mask) {
    const Key& known = keys[slots[i] - 1];
    if (known.hash == key.hash && has_name(known, name)) {
      return false;
    }
  }
  slots[i] = static_cast<std::uint32_t>(m_keys.size() - object.first_key + 1);
  return true;
}

bool JsonKeys::has_name(const Key& key, std::string_view name) const {
  std::string known_name;
  unescape_json(m_document.data() + key.offset, known_name);
  return known_name == name;
}

void JsonKeys::grow(const Object& object) {
  const std::size_t old_size = m_slots.size() - object.first_slot;
  const std::size_t mask = std::max(k_first_slots, old_size * 4) - 1;
  m_slots.resize(object.first_slot);
  m_slots.resize(object.first_slot + mask + 1);
  std::uint32_t* const slots = m_slots.data() + object.first_slot;
  std::uint32_t number = 0;
  for (std::size_t k = object.first_key; k < m_keys.size(); ++k) {
    std::size_t i = m_keys[k].hash & mask;
    while (slots[i] != 0) {
      i = (i + 1) & mask;
    }
    slots[i] = ++number;
  }
}

}  // namespace payhook
