// Small identifiers with types of their own, so that one cannot be passed for another.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace aegis {

template <typename Tag>
struct Id {
  std::uint32_t value = 0;
  friend constexpr auto operator<=>(Id, Id) = default;
};

using LinkId = Id<struct LinkTag>;    // one link within one bond sender or one relay group
using GroupId = Id<struct GroupTag>;  // one group within one relay; never reused while it runs

}  // namespace aegis

template <typename Tag>
struct std::hash<aegis::Id<Tag>> {
  std::size_t operator()(aegis::Id<Tag> id) const noexcept {
    return id.value * 0x9e3779b97f4a7c15ull;
  }
};
