// The stage between the bond and stock libsrt: what it holds, for how long, and what it lets pass.
#include "common/bond/reorder.hpp"

#include <vector>

#include <catch2/catch.hpp>

#include "unit/common/bond/bond_pair.hpp"

namespace aegis::bond::test {
namespace {

using Sequences = std::vector<std::uint32_t>;

struct Bench {
  static constexpr std::uint32_t kFirst = 100;

  PacketPool pool;
  Reorder reorder{pool};
  Time now{Duration(1000s)};
  Sequences out;

  explicit Bench(std::size_t links = 2, std::size_t pool_limit = 8192) : pool(pool_limit) {
    for (std::size_t link = 0; link < links; ++link) reorder.on_link_joined(link, now);
    reorder.on_start(SeqNo(kFirst));
  }
  bool arrive(std::size_t link, std::uint32_t seq, bool again = false) {
    return reorder.on_packet(srt_data(seq, again, 20), link, now, [&](ByteView packet) {
      out.push_back(srt::sequence(packet).value());
    });
  }
  void wait(Duration span) {
    now += span;
    reorder.on_timeout(now, [&](ByteView packet) { out.push_back(srt::sequence(packet).value()); });
  }
  // Nothing is known of the links' spread any more: a gap is held for 20 ms.
  void forget_spread() { now += 11s; }
};

}  // namespace

TEST_CASE("what comes in order passes at once, and what does not waits for its turn",
          "[bond][reorder]") {
  Bench bench;
  bench.arrive(0, 100);
  CHECK(bench.out == Sequences{100});
  CHECK(!bench.reorder.holding());
  bench.arrive(0, 103);
  bench.arrive(1, 102);
  CHECK(bench.out == Sequences{100});
  CHECK(bench.reorder.holding());
  CHECK(bench.reorder.figures().held == 2);
  bench.arrive(1, 101);
  CHECK(bench.out == Sequences{100, 101, 102, 103});
  CHECK(!bench.reorder.holding());
  CHECK(bench.pool.used() == 0);
  CHECK(bench.reorder.figures().gaps_shown == 0);
}

TEST_CASE("a gap is shown 10 ms after the last link has passed it", "[bond][reorder]") {
  Bench bench;
  bench.arrive(0, 100);
  bench.arrive(1, 101);
  bench.now += 20ms;
  bench.arrive(0, 103);  // 102 is missing, or on the second link
  bench.wait(15ms);
  CHECK(bench.out == Sequences{100, 101});
  bench.arrive(1, 104);
  bench.wait(9999us);
  CHECK(bench.out == Sequences{100, 101});
  bench.wait(1us);
  CHECK(bench.out == Sequences{100, 101, 103, 104});
  CHECK(bench.reorder.figures().gaps_shown == 1);
  CHECK(bench.pool.used() == 0);
}

TEST_CASE("a repair is no proof that its link has passed the gap", "[bond][reorder]") {
  Bench bench;
  bench.arrive(0, 100);
  bench.arrive(1, 101);
  bench.now += 20ms;
  bench.arrive(0, 103);
  bench.arrive(1, 104, true);
  bench.wait(100ms);
  CHECK(bench.out == Sequences{100, 101});
}

TEST_CASE("a link that delivers nothing holds a gap up for the spread of the links only",
          "[bond][reorder]") {
  Bench bench;
  CHECK(bench.reorder.hold_limit(bench.now) == Duration(197'500us));  // links just joined
  bench.arrive(0, 100);
  bench.now += 10ms;
  bench.arrive(0, 102);
  bench.wait(197'499us);
  CHECK(bench.out == Sequences{100});
  bench.wait(1us);
  CHECK(bench.out == Sequences{100, 102});
}

TEST_CASE("a link that is gone, or silent for five seconds, is not waited for", "[bond][reorder]") {
  Bench bench(3);
  bench.arrive(1, 100);
  bench.arrive(2, 101);
  Duration silence{};
  bool shown = true;
  SECTION("gone") {
    bench.reorder.on_link_gone(1);
    bench.reorder.on_link_gone(2);
  }
  SECTION("silent") {
    silence = 5001ms;
  }
  SECTION("silent, but not for so long") {
    silence = 4900ms;
    shown = false;
  }
  bench.now += silence;
  bench.reorder.on_link_joined(3, bench.now);  // the spread is unknown
  bench.reorder.on_link_gone(3);
  bench.arrive(0, 102);
  bench.now += 10ms;
  bench.arrive(0, 104);
  bench.wait(10ms);
  CHECK(bench.out == (shown ? Sequences{100, 101, 102, 104} : Sequences{100, 101, 102}));
}

TEST_CASE("where the sender repairs, a gap is shown when half of the latency is gone",
          "[bond][reorder]") {
  Bench bench(1);
  bench.reorder.sender_repairs(true);
  CHECK(bench.reorder.hold_limit(bench.now) == Duration(400ms));  // latency not known
  bench.reorder.on_latency(1200ms);
  bench.arrive(0, 100);
  bench.arrive(0, 102);
  for (std::uint32_t i = 0; i < 59; ++i) {  // the link has long passed it
    bench.now += 10ms;
    bench.arrive(0, 103 + i);
  }
  CHECK(bench.out == Sequences{100});
  bench.wait(10ms);
  CHECK(bench.out.size() == 61);
}

TEST_CASE("the hold follows the spread, within 20 ms, 400 ms and a third of the latency",
          "[bond][reorder]") {
  Bench bench;
  bench.forget_spread();
  CHECK(bench.reorder.hold_limit(bench.now) == Duration(20ms));
  bench.arrive(0, 100);
  auto const lateness = GENERATE(Duration(4ms), Duration(40ms), Duration(390ms));
  auto const latency = GENERATE(Duration(0), Duration(90ms), Duration(9s));
  INFO(to_milliseconds(lateness) << " ms late, latency " << to_milliseconds(latency) << " ms");
  bench.arrive(0, 102);
  bench.now += lateness;  // nobody asks whether the gap is due
  bench.arrive(1, 101);
  REQUIRE(bench.reorder.figures().late == 0);
  if (latency > Duration(0)) bench.reorder.on_latency(latency);
  Duration const wanted = lateness * 5 / 4 + 10ms;
  Duration const most = latency > Duration(0) ? std::min<Duration>(400ms, latency / 3) : 400ms;
  CHECK(bench.reorder.hold_limit(bench.now) == std::clamp<Duration>(wanted, 20ms, most));
  bench.forget_spread();
  CHECK(bench.reorder.hold_limit(bench.now) == Duration(20ms));
}

TEST_CASE("a shown packet that comes after all goes on once, and widens the spread",
          "[bond][reorder]") {
  Bench bench;
  bench.forget_spread();
  bench.arrive(0, 100);
  bench.arrive(0, 102);
  bench.wait(20ms);
  REQUIRE(bench.out == Sequences{100, 102});
  bench.now += 30ms;
  CHECK(bench.arrive(1, 101));
  CHECK(bench.out == Sequences{100, 102, 101});
  CHECK(bench.reorder.figures().late == 1);
  CHECK(bench.reorder.hold_limit(bench.now) == Duration(72'500us));
  CHECK(!bench.arrive(1, 101));
  CHECK(bench.out.size() == 3);
}

TEST_CASE("every copy is known as one, held or gone, across the wrap", "[bond][reorder]") {
  Bench bench;
  std::uint32_t const last = SeqNo::kMask;
  bench.reorder.on_start(SeqNo(last - 1));
  CHECK(bench.arrive(0, last - 1));
  CHECK(bench.arrive(0, 0));
  CHECK(bench.arrive(0, 1));
  CHECK(!bench.arrive(1, 0));         // held
  CHECK(!bench.arrive(1, last - 1));  // gone
  CHECK(!bench.arrive(1, 1, true));   // a repair of what is here
  CHECK(bench.arrive(1, last));
  CHECK(!bench.arrive(0, last));
  CHECK(!bench.arrive(0, 1));
  CHECK(bench.out == Sequences{last - 1, last, 0, 1});
  CHECK(bench.reorder.figures().duplicates == 5);
}

TEST_CASE("without room to hold packets they pass out of order, but not twice", "[bond][reorder]") {
  Bench bench(2, 64);
  bench.arrive(0, 100);
  for (std::uint32_t i = 0; i < 64; ++i) bench.arrive(0, 102 + i);
  REQUIRE(bench.out == Sequences{100});
  CHECK(bench.arrive(0, 166));
  CHECK(bench.out == Sequences{100, 166});
  CHECK(!bench.arrive(1, 166));
  CHECK(bench.out == Sequences{100, 166});
  bench.arrive(1, 101);
  CHECK(bench.out.size() == 67);
  CHECK(bench.out.back() == 165);
  bench.arrive(1, 167);
  CHECK(bench.out.back() == 167);
}

TEST_CASE("a new connection begins where its handshake says and drops what was held",
          "[bond][reorder]") {
  Bench bench;
  bench.arrive(0, 100);
  bench.arrive(0, 102);
  bench.reorder.on_start(SeqNo(100));
  CHECK(bench.pool.used() == 0);
  CHECK(bench.reorder.figures().held == 0);
  CHECK(!bench.reorder.holding());
  bench.out.clear();
  for (std::uint32_t seq : {100u, 101u, 102u}) CHECK(bench.arrive(1, seq));
  CHECK(bench.out == Sequences{100, 101, 102});
}

TEST_CASE("a number more than 8191 off is left to SRT", "[bond][reorder]") {
  Bench bench;
  std::uint32_t const base = GENERATE(100'000u, 0x7ffffff0u);
  bench.reorder.on_start(SeqNo(base));
  SECTION("just in reach ahead") {
    bench.arrive(0, base + 8191);
    CHECK(bench.out.empty());
    bench.wait(400ms);
    CHECK(bench.out == Sequences{SeqNo(base + 8191).value()});
    CHECK(bench.reorder.figures().gaps_shown == 8191);
  }
  SECTION("out of reach ahead") {
    bench.arrive(0, base + 8192);
    bench.arrive(0, base + 8193);
    CHECK(bench.out == Sequences{SeqNo(base + 8192).value(), SeqNo(base + 8193).value()});
    CHECK(bench.reorder.figures().gaps_shown == 0);
  }
  SECTION("just in reach behind") {
    bench.arrive(0, base - 8192);
    bench.arrive(0, base);
    CHECK(bench.out == Sequences{SeqNo(base - 8192).value(), SeqNo(base).value()});
  }
  SECTION("out of reach behind") {
    bench.arrive(0, base - 8193);
    bench.arrive(0, base - 8192);
    CHECK(bench.out == Sequences{SeqNo(base - 8193).value(), SeqNo(base - 8192).value()});
  }
}

TEST_CASE("a stray from seconds ago, or from nowhere, does not end the run", "[bond][reorder]") {
  std::uint32_t const stray = GENERATE(101u, 100'000u);
  Bench bench;
  for (std::uint32_t i = 0; i < 9000; ++i) bench.arrive(0, 100 + i);
  bench.arrive(0, 9101);  // behind a gap
  bench.out.clear();
  for (int i = 0; i < 200; ++i) {
    CHECK(bench.arrive(1, stray));
    if (i % 20 == 0) bench.arrive(0, 9102 + static_cast<std::uint32_t>(i) / 20);
  }
  CHECK(bench.reorder.figures().held == 11);
  bench.out.clear();
  bench.arrive(0, 9100);
  CHECK(bench.out.size() == 12);
  CHECK(bench.out.back() == 9111);
}

TEST_CASE("when nothing but strays comes another run of numbers has begun", "[bond][reorder]") {
  Bench bench;
  std::uint32_t const other = GENERATE(100'000u, 0x7fffff00u);
  for (std::uint32_t i = 0; i < 9000; ++i) bench.arrive(0, 100 + i);
  for (std::uint32_t i = 0; i < 40; ++i) bench.arrive(0, other + i);
  bench.out.clear();
  bench.arrive(0, other + 41);
  CHECK(bench.out.empty());  // order is kept again
  bench.arrive(0, other + 40);
  CHECK(bench.out == Sequences{other + 40, other + 41});
}

TEST_CASE("what is very late does not touch what is held", "[bond][reorder]") {
  Bench bench;
  for (std::uint32_t i = 0; i < 9000; ++i) bench.arrive(0, 100 + i);
  for (std::uint32_t i = 0; i < 20; ++i) bench.arrive(0, 9101 + i);  // behind a gap
  REQUIRE(bench.reorder.figures().held == 20);
  bench.out.clear();
  for (std::uint32_t seq = 9100 - 8192; seq <= 9120 - 8192; ++seq) {
    CHECK(bench.arrive(1, seq));  // what was known of it is forgotten: SRT judges
    CHECK(bench.reorder.allow_request(SeqNo(seq), bench.now));
  }
  CHECK(!bench.arrive(1, 9121 - 8192));
  CHECK(!bench.reorder.allow_request(SeqNo(9121 - 8192), bench.now));
  CHECK(bench.reorder.figures().held == 20);
  bench.out.clear();
  bench.arrive(1, 9100);
  CHECK(bench.out.size() == 21);
  CHECK(bench.out.back() == 9120);
  CHECK(bench.pool.used() == 0);
}

TEST_CASE("without a handshake the first packet says where numbers begin", "[bond][reorder]") {
  PacketPool pool(64);
  Reorder reorder(pool);
  Sequences out;
  auto const release = [&](ByteView packet) { out.push_back(srt::sequence(packet).value()); };
  CHECK(reorder.allow_request(SeqNo(7), Time(Duration(1s))));
  CHECK(reorder.on_packet(srt_data(5000), 0, Time(Duration(1s)), release));
  CHECK(reorder.on_packet(srt_data(5001), 0, Time(Duration(1s)), release));
  CHECK(out == Sequences{5000, 5001});
}

TEST_CASE("SRT's requests go on for what is missing, once for each round trip", "[bond][reorder]") {
  Bench bench;
  auto const allowed = [&](std::uint32_t seq) {
    return bench.reorder.allow_request(SeqNo(seq), bench.now);
  };
  bench.arrive(0, 100);
  bench.arrive(0, 102);
  CHECK(!allowed(100));
  CHECK(!allowed(102));
  CHECK(allowed(101));
  CHECK(allowed(100 + 20'000));  // none of ours: let the sender judge
  bench.reorder.on_srt_rtt(20ms, 5ms);
  bench.now += 49'999us;
  CHECK(!allowed(101));
  bench.now += 1us;
  CHECK(allowed(101));
  CHECK(!allowed(101));
  bench.arrive(1, 101, true);
  bench.now += 1s;
  CHECK(!allowed(101));
}

TEST_CASE("repairs that take longer than SRT's round trip are given their time",
          "[bond][reorder]") {
  Bench bench(1);
  bench.reorder.on_srt_rtt(20ms, 0ms);
  bench.forget_spread();
  bench.arrive(0, 100);
  bench.arrive(0, 102);
  bench.wait(400ms);
  REQUIRE(bench.reorder.allow_request(SeqNo(101), bench.now));
  bool const twice = GENERATE(false, true);
  if (twice) {  // which request the repair answers is not known then
    bench.now += 30ms;
    REQUIRE(bench.reorder.allow_request(SeqNo(101), bench.now));
  }
  bench.now += 100ms;
  bench.arrive(0, 101, true);
  CHECK(bench.reorder.figures().late == 0);
  bench.arrive(0, 104);
  bench.wait(400ms);
  REQUIRE(bench.reorder.allow_request(SeqNo(103), bench.now));
  Duration const repair = twice ? 30ms : 310ms;  // 100 ms and four times half of it
  bench.now += repair - 1us;
  CHECK(!bench.reorder.allow_request(SeqNo(103), bench.now));
  bench.now += 1us;
  CHECK(bench.reorder.allow_request(SeqNo(103), bench.now));
}

TEST_CASE("a stage that ends gives back what it held", "[bond][reorder]") {
  PacketPool pool(64);
  {
    Reorder reorder(pool);
    reorder.on_start(SeqNo(0));
    reorder.on_packet(srt_data(1), 0, Time(Duration(1s)), [](ByteView) {});
    REQUIRE(pool.used() == 1);
  }
  CHECK(pool.used() == 0);
}

}  // namespace aegis::bond::test
