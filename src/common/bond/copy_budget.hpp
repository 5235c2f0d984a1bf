// How many copies the bond may send on top of what it was given.
#pragma once

#include <algorithm>

namespace aegis::bond {

// A share of the packets that pass, saved up to a bound.
class CopyBudget {
 public:
  struct Limits {
    double share;  // of what is sent
    double most;   // packets that can be saved
    // What is spent up is saved to this number of packets before it is spent again.
    double round = 1;
  };

  explicit CopyBudget(const Limits& limits) : limits_(limits), left_(limits.most) {}

  void on_packet() {
    left_ = std::min(limits_.most, left_ + limits_.share);
    if (left_ >= limits_.round) open_ = true;
  }
  bool allows() const { return open_; }
  // Precondition: allows().
  void spend() {
    left_ -= 1;
    if (left_ < 1) open_ = false;
  }

 private:
  Limits limits_;
  double left_;
  bool open_ = true;
};

}  // namespace aegis::bond
