// `--input test`: the test card and its tone, drawn when they are due.
#pragma once

#include "agent/media/input.hpp"

namespace aegis::agent::media {

std::unique_ptr<Input> make_test_input(Canvas& canvas);

}  // namespace aegis::agent::media
