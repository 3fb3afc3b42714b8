// What the store's tests run in other processes:
//   store_helper open DATABASE             opens every kind of session once its input ends
//   store_helper open-late DATABASE        opens one after using SQLite for something else
//   store_helper store DATABASE ID COUNT   stores ID-0, ID-1 …, one batch each, and says so of each
//   store_helper hold-open DATABASE        keeps a session open until its input ends
//   store_helper read DATABASE             counts the rows as a stranger, and stays until its input
//                                          ends
//   store_helper hold FILE                 holds a write turn until its input ends
//   store_helper count FILE COUNTER TIMES  adds 1 to a number in a file, each time in its turn

#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "store/sqlite/write_turn.h"
#include "tests/unit/store/sqlite/store_fixture.h"

namespace payhook::test {

namespace {

/// One system call: under strace the order of calls is what is looked at.
void say(const std::string& text) {
  const std::string line = text + "\n";
  if (::write(STDOUT_FILENO, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
    throw std::runtime_error("nobody listens");
  }
}

void wait_for_end_of_input() {
  char c = 0;
  while (::read(STDIN_FILENO, &c, 1) > 0) {
  }
}

void open(const std::string& database) {
  say("ready");
  wait_for_end_of_input();
  CreatingStore payments(database);
  const auto intake = payments.open_intake();
  const auto reader = payments.open_status_reader();
  const auto queue = payments.open_processing_queue();
}

void open_late(const std::string& database) {
  PlainDatabase(":memory:").query("SELECT 1");
  CreatingStore(database).open_intake();
}

void store(const std::string& database, const std::string& id, int count) {
  CreatingStore payments(database);
  const auto intake = payments.open_intake();
  say("ready");
  for (int i = 0; i < count; ++i) {
    Webhook webhook;
    webhook.id = id + "-" + std::to_string(i);
    store_all(*intake, {webhook});
    say("stored " + webhook.id);
  }
}

void hold_open(const std::string& database) {
  CreatingStore payments(database);
  const auto intake = payments.open_intake();
  say("open");
  wait_for_end_of_input();
}

void read(const std::string& database) {
  const PlainDatabase stranger(database);
  say(stranger.query("SELECT count(*) FROM transactions"));
  wait_for_end_of_input();
}

void hold(const std::string& file) {
  WriteTurn turn(file);
  if (turn.try_lock_until(patience())) {
    say("held");
    wait_for_end_of_input();
    turn.unlock();
    say("released");
  }
}

void count(const std::string& file, const std::string& counter, int times) {
  WriteTurn turn(file);
  say("ready");
  wait_for_end_of_input();
  for (int i = 0; i < times; ++i) {
    if (!turn.try_lock_until(patience())) {
      throw std::runtime_error("the turn did not come");
    }
    int number = 0;
    std::ifstream(counter) >> number;
    std::ofstream(counter) << number + 1;
    turn.unlock();
  }
}

int run(const std::vector<std::string>& arguments) {
  const std::string what = arguments.empty() ? "" : arguments[0];
  if (what == "open" && arguments.size() == 2) {
    open(arguments[1]);
  } else if (what == "open-late" && arguments.size() == 2) {
    open_late(arguments[1]);
  } else if (what == "store" && arguments.size() == 4) {
    store(arguments[1], arguments[2], std::stoi(arguments[3]));
  } else if (what == "hold-open" && arguments.size() == 2) {
    hold_open(arguments[1]);
  } else if (what == "read" && arguments.size() == 2) {
    read(arguments[1]);
  } else if (what == "hold" && arguments.size() == 2) {
    hold(arguments[1]);
  } else if (what == "count" && arguments.size() == 4) {
    count(arguments[1], arguments[2], std::stoi(arguments[3]));
  } else {
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}

}  // namespace

}  // namespace payhook::test

int main(int argc, char** argv) {
  try {
    return payhook::test::run({argv + 1, argv + argc});
  } catch (const std::exception& e) {
    std::cerr << "store_helper: " << e.what() << '\n';
    return EXIT_FAILURE;
  }
}
