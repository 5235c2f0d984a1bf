// Tells another program what happens at the relay, as it happens.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "common/base/result.hpp"
#include "common/base/time.hpp"
#include "common/crypto/secret.hpp"
#include "relay/event_log.hpp"
#include "relay/worker.hpp"

namespace aegis::relay {

// Where to: an http:// or https:// URL, or the absolute path of a program. kConfiguration when it
// is neither, or when the program is not there to be run.
Status check_hook(const std::string& where);

// Is it told to hooks? Sessions, links, draining, and of a stream's players the first and the last.
bool is_for_hooks(const nlohmann::json& event);

// One hook, on a thread of its own that reads the log of events: nobody waits for it, and a hook
// that is slow delays itself only, until it has missed events, which it is told.
class Hook {
 public:
  struct Options {
    std::string where;
    std::optional<crypto::Secret> key;  // signs what is sent by HTTP
    Duration patience = 5s;             // for one attempt
    Duration retry = 1s;  // until the second attempt; the third comes after four times as much
  };

  // `events` must outlive it.
  Hook(const EventLog& events, Options options);
  ~Hook();  // as finish(0s)
  Hook(const Hook&) = delete;
  Hook& operator=(const Hook&) = delete;

  // Tells what there is yet to tell, one attempt each, for at most `patience`, and ends.
  void finish(Duration patience);

  const std::string& where() const { return options_.where; }
  std::uint64_t delivered() const { return delivered_; }
  std::uint64_t failed() const { return failed_; }  // given up after every attempt

 private:
  void run();
  void tell(const std::string& line);
  Status attempt(const std::string& event, const std::string& body) const;
  bool must_end() const;
  bool pause(Duration length) const;

  const EventLog& events_;
  const Options options_;
  const std::string boot_;  // names this run of the relay in deliveries
  std::uint64_t position_;
  std::uint64_t deliveries_ = 0;
  std::atomic<std::uint64_t> delivered_{0}, failed_{0};
  std::atomic<bool> ending_{false};
  std::atomic<Time> end_at_{kNever};
  Worker worker_;
};

}  // namespace aegis::relay
