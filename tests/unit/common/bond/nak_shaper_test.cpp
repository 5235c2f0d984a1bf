// What of a NAK is passed on when only some of its losses are confirmed.
#include "common/bond/nak_shaper.hpp"

#include <vector>

#include <catch2/catch.hpp>

#include "unit/common/bond/bond_pair.hpp"

namespace aegis::bond::test {
namespace {

constexpr std::uint32_t kRange = 0x80000000;
constexpr std::uint16_t kNak = 3;

std::vector<srt::LossRange> losses(ByteView nak) {
  std::vector<srt::LossRange> out(srt::kMaxLossRanges);
  out.resize(srt::parse_loss_list(nak, out));
  return out;
}

srt::LossRange range(std::uint32_t first, std::uint32_t last) {
  return {SeqNo(first), SeqNo(last)};
}

Packet nak_of(const std::vector<std::uint32_t>& words) {
  Packet nak = srt_control(kNak, {});
  nak.resize(16 + 4 * words.size());
  for (std::size_t i = 0; i < words.size(); ++i) store_u32(nak, 16 + 4 * i, words[i]);
  return nak;
}

bool always(SeqNo) {
  return true;
}

}  // namespace

TEST_CASE("a range falls apart where a packet is not lost", "[bond][nak]") {
  NakShaper shaper;
  auto const nak = nak_of({kRange | 10, 14, 20});
  auto const without = [&](std::uint32_t kept) {
    auto const shaped = shaper.shape(nak, [&](SeqNo seq) { return seq.value() != kept; });
    return shaped ? losses(*shaped) : std::vector<srt::LossRange>();
  };
  CHECK(without(10) == std::vector{range(11, 14), range(20, 20)});
  CHECK(without(12) == std::vector{range(10, 11), range(13, 14), range(20, 20)});
  CHECK(without(14) == std::vector{range(10, 13), range(20, 20)});
  CHECK(without(20) == std::vector{range(10, 14)});
}

TEST_CASE("each packet of a NAK is asked for once, in order", "[bond][nak]") {
  NakShaper shaper;
  std::vector<std::uint32_t> asked;
  shaper.shape(nak_of({5, kRange | 7, 9, 30}),
               [&](SeqNo seq) { return asked.push_back(seq.value()), true; });
  CHECK(asked == std::vector<std::uint32_t>{5, 7, 8, 9, 30});
}

TEST_CASE("a range is walked across the wrap of sequence numbers", "[bond][nak]") {
  NakShaper shaper;
  auto const nak = nak_of({kRange | 0x7ffffffd, 2});
  CHECK(losses(*shaper.shape(nak, always)) == std::vector{range(0x7ffffffd, 2)});
  auto const split = shaper.shape(nak, [](SeqNo seq) { return seq.value() != SeqNo::kMask; });
  CHECK(losses(*split) == std::vector{range(0x7ffffffd, 0x7ffffffe), range(0, 2)});
}

TEST_CASE("nothing of an earlier NAK is left in the next", "[bond][nak]") {
  NakShaper shaper;
  REQUIRE(shaper.shape(nak_of({kRange | 1, 9, 20, 30, 40}), always));
  CHECK(losses(*shaper.shape(nak_of({77}), always)) == std::vector{range(77, 77)});
  CHECK(!shaper.shape(nak_of({}), always));
}

TEST_CASE("a NAK is read up to the longest list and not beyond", "[bond][nak]") {
  NakShaper shaper;
  std::uint32_t const longest = NakShaper::kMaxSequences;
  int asked = 0;
  auto const count = [&](SeqNo) { return ++asked, false; };
  CHECK(!shaper.shape(nak_of({kRange | 1, longest}), count));
  CHECK(asked == NakShaper::kMaxSequences);

  // One more, be it at the end: nothing is asked, for to ask is to remember that it was.
  asked = 0;
  auto const nak = nak_of({kRange | 1, longest, longest + 2});
  auto const shaped = shaper.shape(nak, count);
  REQUIRE(shaped);
  CHECK(Packet(shaped->begin(), shaped->end()) == nak);
  CHECK(asked == 0);
}

TEST_CASE("a list of absurd ranges is no overflow", "[bond][nak]") {
  NakShaper shaper;
  std::vector<std::uint32_t> words;
  for (int i = 0; i < 100; ++i) words.insert(words.end(), {kRange | 0, 0x3fffffff});
  auto const nak = nak_of(words);
  auto const shaped = shaper.shape(nak, [](SeqNo) { return false; });
  REQUIRE(shaped);
  CHECK(Packet(shaped->begin(), shaped->end()) == nak);
}

TEST_CASE("a NAK that falls apart stays within what SRT receives", "[bond][nak]") {
  NakShaper shaper;
  auto const odd = [](SeqNo seq) { return seq.value() % 2 == 1; };
  auto const shaped = shaper.shape(nak_of({kRange | 1, 2001}), odd);
  REQUIRE(shaped);
  CHECK(shaped->size() == 1472);  // an MTU of 1500 less the IPv4 and UDP headers
  auto const kept = losses(*shaped);
  CHECK(kept.size() == (1472 - 16) / 4);
  CHECK(kept.front() == range(1, 1));  // the oldest, which are needed first
  CHECK(kept.back() == range(727, 727));
}

}  // namespace aegis::bond::test
