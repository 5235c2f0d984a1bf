// One datagram into everything that reads SRTLA and Aegis frames.
#include "common/bond/wire.hpp"

#include <algorithm>
#include <cstring>

#include "common/bond/frames.hpp"
#include "fuzz/input.hpp"

using namespace aegis;
using namespace aegis::bond;
using fuzz::require;

namespace {

bool same(ByteView a, ByteView b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

void read_group_id(ByteView datagram, PacketType type) {
  GroupToken const token = parse_group_token(datagram);
  auto const again = type == PacketType::kReg1 ? make_reg1(token) : make_reg2(token);
  // Between proved ends a counter and a tag follow.
  require(same(again, datagram.first(std::min(again.size(), datagram.size()))),
          "a registration reads back as written");
  client_capabilities(token);
  relay_capabilities(token);
}

void read_ack(ByteView datagram) {
  std::array<SeqNo, kAckEntries> listed;
  std::size_t count = 0;
  for_each_acked(datagram, [&](SeqNo seq) {
    if (count < listed.size()) listed[count] = seq;
    ++count;
  });
  require(count == (datagram.size() - 4) / 4, "each entry of an ACK is read");
  if (count > listed.size()) return;
  Frame const again = make_ack(std::span(listed).first(count));
  std::size_t read = 0;
  for_each_acked(again, [&](SeqNo seq) { require(seq == listed[read++], "an ACK reads back"); });
  require(read == count, "an ACK reads back in full");
}

void read_link_frame(ByteView datagram) {
  LinkFrame const frame = parse_link_frame(datagram);
  if (frame.datagram.size() > kMaxFramedDatagram) return;
  std::array<std::byte, kMaxDatagram> buffer{};
  LinkFrame const again = parse_link_frame(write_link_frame(frame, buffer));
  require(again.link == frame.link && again.number == frame.number &&
              same(again.datagram, frame.datagram),
          "a link frame reads back as written");
  classify(frame.datagram);
}

void read_report(ByteView datagram) {
  ArrivalReport const report = parse_report(datagram);
  std::array<std::byte, kMaxDatagram> buffer{};
  ArrivalReport const again = parse_report(write_report(report, buffer));
  require(again.count == report.count && again.number == report.number, "a report reads back");
  for (std::size_t i = 0; i < report.count; ++i) {
    require(again.links[i] == report.links[i], "a link's arrivals read back");
    for (std::uint32_t behind = 0; behind < 200; ++behind)
      report.links[i].has(report.links[i].highest - behind);
  }
}

void read_keepalive(ByteView datagram) {
  Keepalive const keepalive = parse_keepalive(datagram);
  if (!keepalive.telemetry) return;
  Keepalive const again =
      parse_keepalive(make_keepalive(keepalive.timestamp.value_or(0), *keepalive.telemetry));
  require(again.telemetry == keepalive.telemetry, "telemetry reads back as written");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ByteView const datagram = fuzz::Input(data, size).rest();
  DatagramKind const kind = classify(datagram);
  if (kind == DatagramKind::kSrtData || kind == DatagramKind::kSrtControl)
    require(size >= 16, "an SRT datagram has a whole header");
  if (kind != DatagramKind::kSrtla) return 0;
  auto const type = srtla_type(datagram);
  require(type.has_value(), "an SRTLA datagram has a type");
  if (*type == PacketType::kReg1 || *type == PacketType::kReg2) read_group_id(datagram, *type);
  if (*type == PacketType::kAck) read_ack(datagram);
  if (*type == PacketType::kKeepalive) read_keepalive(datagram);
  if (*type == PacketType::kLinkData) read_link_frame(datagram);
  if (*type == PacketType::kArrivalReport) read_report(datagram);
  return 0;
}
