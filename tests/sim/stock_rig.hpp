// A model of a stock SRTLA sender of the BELABOX kind: highest window/(in flight + 1) wins, windows
// grow by ACKs and shrink by NAKs, a link is left alone after 4 s of silence. Written from a
// description of the protocol and of the scheduler, not from anyone's code.
#pragma once

#include <memory>

#include "sim/ends.hpp"

namespace aegis::sim {

// `seed` draws the group id.
std::unique_ptr<RigEnd> make_stock_rig(std::uint64_t seed);

}  // namespace aegis::sim
