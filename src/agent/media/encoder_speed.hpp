// How fast this host encodes, and what it could encode with.
#pragma once

#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "common/base/time.hpp"

namespace aegis::agent::media {

// Pictures a second that the encoder of `aegis stream` makes of the test picture at its usual size
// and bit rate, by the time that it takes; it is given `budget`. Blocks so long.
Result<double> measure_encoder(Duration budget);

// Pictures a second that a stream of the test picture has.
double wanted_pictures();

// Names of the H.264 encoders that this FFmpeg was built with.
std::vector<std::string> h264_encoders();

}  // namespace aegis::agent::media
