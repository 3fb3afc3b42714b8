#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace payhook {

/// A prepared statement. Bind its parameters (1, 2, …), step through its rows, reset it. Texts that
/// are bound must live until reset(). Failures throw StoreUnavailable or StoreBroken.
class SqliteStatement {
 public:
  SqliteStatement(sqlite3* database, std::string_view sql);

  void bind(int parameter, std::string_view text);
  void bind(int parameter, std::int64_t number);
  void bind_blob(int parameter, std::string_view bytes);

  /// True while there is a row to read.
  bool step();
  /// Runs a statement that returns no rows, and makes it ready for its next use.
  void run();
  void reset() noexcept;

  /// Columns count from 0. A text or blob is valid until the next step() or reset().
  std::string_view text(int column) const;
  std::string_view blob(int column) const;
  std::int64_t number(int column) const;
  double real(int column) const;
  bool is_null(int column) const;

  /// How often SQLite has had to prepare it again, because the schema's version has changed.
  int repreparations() const noexcept;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept;
  };

  std::unique_ptr<sqlite3_stmt, Finalize> m_statement;
};

/// Resets a statement at the end of a scope, however that is left.
class ResetAtEnd {
 public:
  explicit ResetAtEnd(SqliteStatement& statement) : m_statement(statement) {}
  ~ResetAtEnd() { m_statement.reset(); }
  ResetAtEnd(const ResetAtEnd&) = delete;
  ResetAtEnd& operator=(const ResetAtEnd&) = delete;

 private:
  SqliteStatement& m_statement;
};

}  // namespace payhook
