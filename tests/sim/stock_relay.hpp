// A model of a stock SRTLA receiver: an ACK for every ten data packets of a link, SRT ACKs to every
// link, everything handed on in order of arrival. Written from a description of the protocol.
#pragma once

#include <memory>

#include "sim/ends.hpp"

namespace aegis::sim {

struct StockRelayConfig {
  bool broadcast_naks = true;  // irlserver; BELABOX sends them to the last address only
  bool padded = true;          // short answers are 32 bytes
  bool srtla_acks = true;      // go-srtla sends none
  Duration link_timeout = 10s;
};

std::unique_ptr<RelayEnd> make_stock_relay(const StockRelayConfig& config, std::uint64_t seed);

}  // namespace aegis::sim
