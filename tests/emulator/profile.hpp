// What one direction of an emulated link does to packets, and its text form.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "common/base/units.hpp"
#include "emulator/trace.hpp"

namespace aegis::emulator {

// kDrop: nothing enters or leaves, what is inside is lost. kHold: the queue stands still and fills
// up to its limit; what had left it already arrives.
enum class OutageKind { kDrop, kHold };

struct Outage {
  Duration start{};  // since the start of the pipe
  Duration length{};
  OutageKind kind = OutageKind::kDrop;
};

struct Jitter {
  Duration span{};  // uniform: +-span; normal: standard deviation
  bool normal = false;
  bool may_reorder = false;
};

// Two states, one step per packet. Probabilities are 0..1.
struct GilbertElliott {
  double to_bad = 0, to_good = 1;
  double loss_in_bad = 1, loss_in_good = 0;
};

// How much may wait at the bottleneck. A time is turned into bytes at the link's current rate (a
// trace's mean); without a rate a time limits nothing.
struct QueueLimit {
  std::optional<Bytes> bytes;
  std::optional<Duration> time;
};

struct Profile {
  std::optional<BitRate> rate;         // none: unlimited, unless a trace is given
  std::shared_ptr<const Trace> trace;  // takes precedence over rate
  Duration delay{};
  Jitter jitter;
  double loss = 0;
  std::optional<GilbertElliott> burst_loss;
  QueueLimit queue;
  std::vector<Outage> outages;
  double duplicate = 0;
  double reorder = 0;  // share of packets that are held back by reorder_by
  Duration reorder_by = std::chrono::milliseconds(10);
};

// Finds a trace by the name it was given on the command line; null when there is none.
using FindTrace = std::function<std::shared_ptr<const Trace>(std::string_view)>;

// "rate:6M/delay:30ms/loss:0.1%/queue:200ms". Stages:
//   rate:R | rate:none   trace:NAME   delay:D   jitter:D[:uniform|:normal][:reorder]   loss:P
//   burst:TO_BAD:TO_GOOD[:LOSS_IN_BAD[:LOSS_IN_GOOD]]   queue:D|BYTES   outage:START:LENGTH[:hold]
//   duplicate:P   reorder:P[:D]
// A probability is "0.1%" or "0.001". Empty text is a perfect link. Errors: kUsage.
Result<Profile> parse_profile(std::string_view text, const FindTrace& find_trace);

// The same in words that parse_profile() takes; `trace` is what its trace is to be called.
std::string to_text(const Profile& profile, std::string_view trace);

// Sets one stage of `profile`, as "loss" and "1%". An outage is added to those there are.
Status set_stage(Profile& profile, std::string_view stage, std::string_view value,
                 const FindTrace& find_trace);

// "a:b:c" -> {"a","b","c"}; also used for '/' and ','.
std::vector<std::string_view> split(std::string_view text, char separator);

}  // namespace aegis::emulator
