// The book of the media: when each packet was made, and whether it was played.
#pragma once

#include <cstdint>
#include <vector>

#include "common/base/time.hpp"
#include "emulator/histogram.hpp"
#include "sim/scenario.hpp"

namespace aegis::sim {

class Ledger {
 public:
  // The number of the packet to come.
  std::uint64_t next() const { return made_.size(); }
  void made(Time now) { made_.push_back({now, Fate::kSent}); }
  void unsent(Time now) { made_.push_back({now, Fate::kUnsent}); }
  void refused(Time now) { made_.push_back({now, Fate::kRefused}); }

  // The receiver of the bond showed it to SRT, in time or not.
  void shown(std::uint64_t index) {
    if (index >= made_.size()) return;
    if (made_[index].shown) ++duplicates_;
    made_[index].shown = true;
  }
  void played(std::uint64_t index, Time arrived, Time now, Duration latency) {
    Entry& entry = made_[index];
    if (entry.fate == Fate::kPlayed) return;
    entry.fate = Fate::kPlayed;
    transport_.add(arrived - entry.made);
    excess_.add(now - entry.made - latency);
  }
  void fill(Report& report) const {
    report.made = made_.size();
    report.duplicates = duplicates_;
    for (const Entry& entry : made_) {
      if (entry.fate == Fate::kPlayed) ++report.played;
      if (entry.fate == Fate::kUnsent) ++report.unsent;
      if (entry.fate == Fate::kRefused) ++report.refused;
      if (entry.fate == Fate::kSent) ++report.missing;
      if (entry.fate == Fate::kSent && entry.shown) ++report.late;
    }
    fill_gaps(report);
    report.transport_p50 = transport_.quantile(0.5);
    report.transport_p95 = transport_.quantile(0.95);
    report.transport_p99 = transport_.quantile(0.99);
    report.excess_p95 = excess_.quantile(0.95);
  }

 private:
  enum class Fate : std::uint8_t { kSent, kUnsent, kRefused, kPlayed };
  struct Entry {
    Time made;
    Fate fate;
    bool shown = false;
  };
  void fill_gaps(Report& report) const {
    constexpr std::size_t kMost = 100;
    bool inside = false;
    for (const Entry& entry : made_) {
      bool const missing = entry.fate != Fate::kPlayed;
      if (missing && !inside) {
        if (report.gaps.size() == kMost) return;
        report.gaps.push_back({entry.made - made_.front().made, 0, 0});
      }
      inside = missing;
      if (!missing) continue;
      ++report.gaps.back().packets;
      if (entry.shown) ++report.gaps.back().late;
    }
  }

  std::vector<Entry> made_;
  std::uint64_t duplicates_ = 0;
  emulator::Histogram transport_, excess_;
};

}  // namespace aegis::sim
