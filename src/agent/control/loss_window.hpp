// The part of a link's packets that was lost lately, from counts that only grow. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "common/base/time.hpp"

namespace aegis::agent::control {

class LossWindow {
 public:
  // What the figure looks back on, and how often a count is kept for that.
  static constexpr Duration kSpan = 10s, kStep = 1s;

  // To be called once a second or more often. Counts that fall begin anew.
  void look(std::uint64_t sent, std::uint64_t lost, Time now) {
    if (count_ > 0 && (sent < newest().sent || lost < newest().lost)) count_ = 0;
    now_ = {sent, lost};
    if (count_ > 0 && now - kept_at_ < kStep) return;
    kept_at_ = now;
    kept_[count_++ % kept_.size()] = now_;
  }
  // 0 to 1; nothing when nothing was sent. A loss is counted when it is noticed, so that the figure
  // can be off by what is in flight.
  std::optional<double> loss() const {
    if (count_ == 0) return std::nullopt;
    auto const& oldest = kept_[count_ > kept_.size() ? count_ % kept_.size() : 0];
    if (now_.sent == oldest.sent) return std::nullopt;
    auto const part =
        static_cast<double>(now_.lost - oldest.lost) / static_cast<double>(now_.sent - oldest.sent);
    return part > 1 ? 1 : part;
  }

 private:
  struct Counts {
    std::uint64_t sent = 0, lost = 0;
  };
  const Counts& newest() const { return kept_[(count_ - 1) % kept_.size()]; }

  std::array<Counts, kSpan / kStep + 1> kept_{};
  std::size_t count_ = 0;
  Time kept_at_{};
  Counts now_;
};

}  // namespace aegis::agent::control
