// What every good transmission passes.
#pragma once

#include "netns/scene.hpp"

namespace aegis::test {

// Everything that the source sent has come to the player once, and the rig has ended well.
void check_nothing_lost(const Transmission& transmission);

}  // namespace aegis::test
