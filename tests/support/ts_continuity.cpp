#include "support/ts_continuity.hpp"

namespace aegis::test {
namespace {

constexpr unsigned kNullPid = 0x1fff;

}  // namespace

void TsContinuity::add(ByteView packet) {
  std::uint32_t const header = load_u32(packet, 0);
  unsigned const number = (header >> 8) & 0x1fff;
  bool const has_payload = (header & 0x10) != 0;
  bool const has_adaptation = (header & 0x20) != 0;
  ++packets_;
  if (number == kNullPid) return;
  bool const announced = has_adaptation && std::to_integer<unsigned>(packet[4]) > 0 &&
                         (std::to_integer<unsigned>(packet[5]) & 0x80) != 0;
  auto const counter = static_cast<std::uint8_t>(header & 0xf);
  Pid& pid = pids_[number];
  if (!has_payload) {  // it does not count on, but may say from where the next one does
    if (announced) pid = {counter, true};
    return;
  }
  bool const repeats = counter == pid.counter && !pid.repeated;
  bool const follows = counter == ((pid.counter + 1) & 0xf);
  if (pid.counter != kUnseen && !repeats && !follows && !announced) ++errors_;
  pid = {counter, repeats};
}

}  // namespace aegis::test
