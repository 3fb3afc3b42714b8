#include "ctl/context.h"

#include <utility>

#include "service/program.h"
#include "store/factory.h"

namespace payhook {

Context::Context(std::vector<std::filesystem::path> files, const Clock& clock, Output output,
                 std::string who)
    : m_files(std::move(files)),
      m_clock(clock),
      m_output(std::move(output)),
      m_who(std::move(who)) {}

const Config& Context::config() {
  if (!m_config) {
    m_config = read_config(m_files);
  }
  return *m_config;
}

TransactionStore& Context::store(Lifetime lifetime) {
  if (m_store == nullptr) {
    become_store_owner(config().database);
    m_store = make_store(config().database, lifetime);
  }
  return *m_store;
}

std::unique_ptr<FlaskDatabase> Context::open_flask_database(const std::string& file) {
  return payhook::open_flask_database(file);
}
void Context::create_store() { payhook::create_store(config().database); }

StoreMaintenance& Context::maintenance() {
  if (m_maintenance == nullptr) {
    m_maintenance = make_store_maintenance(config().database);
  }
  return *m_maintenance;
}

Act Context::act(std::string why) const { return {m_who, std::move(why), now()}; }

}  // namespace payhook
