#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace payhook {

/// The keys and indexes by which a JSON Pointer (RFC 6901) leads to its place. Throws
/// std::invalid_argument for a text that is none. Thread-safe.
std::vector<std::string> json_pointer_tokens(std::string_view pointer);

/// Places in a JSON document, each named by a JSON Pointer (RFC 6901), that are looked up together:
/// the document is gone through once, however many they are. Any number of threads may look up in
/// the same pointers.
class JsonPointers {
 public:
  static constexpr std::size_t k_most = 64;

  /// Adds a pointer, such as "/data/object/id", and returns its number: that of an equal one that
  /// is there already. Throws std::invalid_argument for a text that is none, for one that leads
  /// deeper than documents do, and past k_most of them.
  std::size_t add(std::string_view pointer);

  bool empty() const noexcept { return m_pointers.empty(); }

  /// The texts of the values that they point to, by their numbers; empty where there is none.
  /// `json` is the text of a value of a document that read_json() has found valid, and outlives
  /// them.
  std::vector<std::string_view> find(std::string_view json) const;

 private:
  using Set = std::uint64_t;  // of numbers
  class Search;

  std::vector<std::vector<std::string>> m_pointers;  // as the keys and indexes that lead there
};

/// The texts of the elements of an array, which is the text of a value of a valid document, up to
/// `most` of them; none where it is no array.
std::vector<std::string_view> json_elements(std::string_view json, std::size_t most);

/// The keys of an object, which is the text of a value of a valid document, without escapes; none
/// where it is no object.
std::vector<std::string> json_keys(std::string_view json);

}  // namespace payhook
