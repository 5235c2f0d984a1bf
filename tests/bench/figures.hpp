// The measurements of aegis-bench. Each runs real processes over emulated links, takes its own
// time, and returns one JSON object; each throws when a process does not do its part.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "common/base/time.hpp"

namespace aegis::bench {

// Two links (6 Mbit/s 30 ms 0.1 %, 4 Mbit/s 60 ms 0.5 %), 8 Mbit/s of TS at 2 s latency.
nlohmann::json two_links(Duration length);

// The same links at 3 Mbit/s, each dark in turn for `outage`.
nlohmann::json dark_in_turn(Duration outage);

// CPU seconds per minute of an 8 Mbit/s stream: `aegis stream --proxy`, the relay with one player,
// and the SRTLA sender that AEGIS_PEER_SRTLA_SEND names, in the place of the first.
nlohmann::json processor_time(Duration length);

// From the start of `aegis stream` to the first decoded picture of a player that waits, 100 ms RTT,
// at latencies of 2 s and 500 ms.
nlohmann::json first_picture(int runs);

// Streams of 4 Mbit/s over two links each with one player each, on loopback: CPU of the relay and
// of the load, memory, and how many there can be without a loss. Beside it, for few streams, the
// chain that AEGIS_PEER_RELAY names.
nlohmann::json scale(Duration length);

// What a relay costs that has nothing to do, and what groups cost the streams beside them in which
// nothing happens.
nlohmann::json idle(Duration length);

}  // namespace aegis::bench
