// Which sequence numbers some link has lately proved to have delivered.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "common/base/seq.hpp"
#include "common/base/time.hpp"

namespace aegis::bond {

class SeqHistory {
 public:
  SeqHistory() : proofs_(std::make_unique<Proof[]>(kCapacity)) {}

  void on_delivered(SeqNo seq, Time now) { proofs_[seq.value() % kCapacity] = {seq, now}; }
  // Proved no longer than `within` ago. An older proof is not believed: what the relay has since
  // lost between bond and SRT must be sent again.
  bool delivered(SeqNo seq, Time now, Duration within) const {
    Proof const& proof = proofs_[seq.value() % kCapacity];
    return proof.seq == seq && proof.at != Time() && now - proof.at < within;
  }
  void clear() {
    for (std::size_t i = 0; i < kCapacity; ++i) proofs_[i] = {};
  }

 private:
  static constexpr std::size_t kCapacity = 8192;
  struct Proof {
    SeqNo seq;
    Time at{};
  };
  std::unique_ptr<Proof[]> proofs_;
};

}  // namespace aegis::bond
