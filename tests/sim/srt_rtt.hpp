// Smoothed RTT as both SRT ends keep it (draft-sharabayko-srt section 4.10).
#pragma once

#include "common/base/time.hpp"

namespace aegis::sim {

struct SrtRtt {
  Duration smoothed = 100ms, variance = 50ms;
  bool sampled = false;

  void add(Duration sample) {
    if (!sampled) {
      smoothed = sample;
      variance = sample / 2;
      sampled = true;
      return;
    }
    Duration const error = sample > smoothed ? sample - smoothed : smoothed - sample;
    variance = (variance * 3 + error) / 4;
    smoothed = (smoothed * 7 + sample) / 8;
  }
};

}  // namespace aegis::sim
