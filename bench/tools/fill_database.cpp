// Fills a payhook database through the store's own interface.
//
// Usage: fill_database DATABASE FIRST COUNT [processed]
//
// Stores webhooks FIRST to FIRST + COUNT - 1, received a day ago, with the ids of
// bench/lua/ids.lua. With "processed", marks all that are in the database as PROCESSED afterwards.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "store/factory.h"

namespace payhook {
namespace {

constexpr std::uint64_t k_rows_at_once = 50'000;

Deadline soon() { return std::chrono::steady_clock::now() + std::chrono::seconds(10); }

Timestamp now() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

/// The finishing step of splitmix64: distinct numbers have distinct, random-looking images.
std::uint64_t scrambled(std::uint64_t number) {
  number *= 0x9e3779b97f4a7c15;
  number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9;
  number = (number ^ (number >> 27)) * 0x94d049bb133111eb;
  return number ^ (number >> 31);
}

IncomingWebhook webhook(std::uint64_t scrambled_number, Timestamp received_at) {
  std::string id = fmt::format("txn_{:016x}", scrambled_number);
  std::string body =
      fmt::format(R"({{"transaction_id":"{}","source_account":"acc_user_001",)"
                  R"("destination_account":"acc_merchant_001","amount":1500.50,"currency":"INR"}})",
                  id);
  Transaction transaction(std::move(id), "acc_user_001", "acc_merchant_001",
                          Amount::restore("1500.5", 150050), "INR");
  return {"default", StatedPayment{std::move(transaction), received_at + std::chrono::seconds(30)},
          std::move(body), "127.0.0.1", received_at};
}

std::vector<IncomingWebhook> webhooks(std::uint64_t first, std::uint64_t count,
                                      Timestamp received_at) {
  std::vector<IncomingWebhook> result;
  result.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    // Ten in a millisecond, as from a busy sender.
    result.push_back(
        webhook(scrambled(first + i), received_at + std::chrono::milliseconds(i / 10)));
  }
  return result;
}

void keep_up(Upkeep& upkeep) {
  while (upkeep.step(soon())) {
  }
}

void store(TransactionStore& database, Upkeep& upkeep, std::uint64_t first, std::uint64_t count) {
  const auto intake = database.open_intake();
  const Timestamp yesterday = now() - std::chrono::days(1);
  for (std::uint64_t stored = 0; stored < count; stored += k_rows_at_once) {
    const std::uint64_t batch = std::min(count - stored, k_rows_at_once);
    intake->store(
        webhooks(first + stored, batch, yesterday + std::chrono::milliseconds(stored / 10)),
        soon());
    keep_up(upkeep);
  }
}

void process_all(ProcessingQueue& queue) {
  const std::string source = "default";
  while (queue.process_due({&source, 1}, now(), k_rows_at_once, soon()) > 0) {
  }
}

int run(int argc, char** argv) {
  const bool process = argc == 5 && argv[4] == std::string_view("processed");
  if (argc != 4 && !process) {
    std::cerr << "Usage: fill_database DATABASE FIRST COUNT [processed]\n";
    return EXIT_FAILURE;
  }
  create_store(argv[1]);
  const auto database = make_store(argv[1]);
  const auto upkeep = database->open_upkeep(TransactionStore::Keeper::ALWAYS);
  store(*database, *upkeep, std::stoull(argv[2]), std::stoull(argv[3]));
  if (process) {
    process_all(*database->open_processing_queue());
  }
  keep_up(*upkeep);
  std::this_thread::sleep_for(std::chrono::seconds(1));
  keep_up(*upkeep);  // now that nobody writes any more
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace payhook

int main(int argc, char** argv) {
  try {
    return payhook::run(argc, argv);
  } catch (const std::exception& e) {
    std::cerr << "fill_database: " << e.what() << '\n';
    return EXIT_FAILURE;
  }
}
