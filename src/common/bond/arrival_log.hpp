// The relay's record of what has arrived on one link, as its reports tell it.
#pragma once

#include <algorithm>
#include <cstdint>

#include "common/base/time.hpp"
#include "common/bond/frames.hpp"

namespace aegis::bond {

class ArrivalLog {
 public:
  // False when this number had arrived before.
  bool on_arrival(const LinkFrame& frame, std::size_t frame_bytes, Time now);
  bool has_news() const { return news_; }
  bool started() const { return started_; }
  // The record as it stands; has_news() is false after it.
  LinkArrivals report() {
    news_ = false;
    return arrivals_;
  }

 private:
  // A number so far from the last belongs to a sender that began anew.
  static constexpr std::int32_t kRestart = 1 << 20;

  void restart(const LinkFrame& frame, Time now);
  void advance(std::uint32_t to);

  LinkArrivals arrivals_;
  bool started_ = false, news_ = false;
};

}  // namespace aegis::bond
