#include "agent/control/rig_state.hpp"

#include <catch2/catch.hpp>

#include "agent/control/progress.hpp"

namespace aegis::agent::control {
namespace {

Time at(Duration since) {
  return Time(1000s) + since;
}

// A rig with two links on which all is well.
RigReport well(Time now) {
  RigReport report;
  report.relay = "relay:5000";
  report.links_known = report.links_live = 2;
  report.srt = SrtPhase::kConnected;
  report.input = "test";
  report.last_media = now - 20ms;
  return report;
}

bool says(const RigVerdict& verdict, const char* text) {
  return verdict.reason.find(text) != std::string::npos;
}

struct Machine {
  RigStateMachine machine{at(0s)};
  RigVerdict step(
      Duration since, void (*change)(RigReport&) = [](RigReport&) {}) {
    RigReport report = well(at(since));
    change(report);
    return machine.step(report, at(since));
  }
};

}  // namespace

TEST_CASE("a rig says what it waits for until it is live") {
  Machine rig;
  auto verdict = rig.step(0s, [](RigReport& r) { r.links_known = r.links_live = 0; });
  CHECK(verdict.state == RigState::kStarting);
  CHECK(says(verdict, "network interface"));
  verdict = rig.step(1s, [](RigReport& r) {
    r.links_known = r.links_live = 0;
    r.relay_trouble = "cannot resolve relay";
  });
  CHECK(verdict == RigVerdict{RigState::kStarting, "cannot resolve relay"});
  verdict = rig.step(1500ms, [](RigReport& r) {
    r.links_known = r.links_live = 0;
    r.relay_known = false;
  });
  CHECK(verdict == RigVerdict{RigState::kStarting, "looking up relay:5000"});
  verdict = rig.step(2s, [](RigReport& r) { r.links_live = 0; });
  CHECK(verdict.state == RigState::kStarting);
  CHECK(says(verdict, "waiting for relay:5000 to answer on 2 links"));
  verdict = rig.step(3s, [](RigReport& r) { r.srt = SrtPhase::kConnecting; });
  CHECK(verdict.state == RigState::kStarting);
  CHECK(says(verdict, "handshake"));
  verdict = rig.step(4s, [](RigReport& r) { r.last_media.reset(); });
  CHECK(verdict.state == RigState::kStarting);
  CHECK(says(verdict, "waiting for media"));
  CHECK(rig.step(5s) == RigVerdict{RigState::kLive, ""});
}

TEST_CASE("a paired rig says why its relay does not let it in") {
  Machine rig;
  auto verdict = rig.step(0s, [](RigReport& r) {
    r.links_live = 0;
    r.paired = true;
  });
  CHECK(says(verdict, "it answers no rig that it does not know"));
  verdict = rig.step(1s, [](RigReport& r) {
    r.links_live = 0;
    r.relay_unproved = "somebody else answers";
  });
  CHECK(verdict == RigVerdict{RigState::kStarting, "somebody else answers"});
  verdict = rig.step(2s, [](RigReport& r) {
    r.links_live = 0;
    r.relay_refusal = "the clock is wrong";
  });
  CHECK(verdict == RigVerdict{RigState::kRejected, "the clock is wrong"});
  CHECK(rig.step(3s, [](RigReport& r) { r.relay_refusal = "of a moment ago"; }).state ==
        RigState::kLive);
}

TEST_CASE("a rig that was live reconnects") {
  Machine rig;
  rig.step(0s);
  CHECK(rig.step(1s, [](RigReport& r) { r.links_live = 0; }).state == RigState::kReconnecting);
  auto const verdict = rig.step(2s, [](RigReport& r) {
    r.srt = SrtPhase::kWaiting;
    r.srt_reason = "no ACK for 3 s";
  });
  CHECK(verdict.state == RigState::kReconnecting);
  CHECK(says(verdict, "no ACK for 3 s"));
  CHECK(rig.step(3s).state == RigState::kLive);
}

TEST_CASE("media that stops is told after five seconds") {
  Machine rig;
  rig.step(0s);
  auto const last = [](RigReport& r) { r.last_media = at(0s); };
  CHECK(rig.step(4900ms, last).state == RigState::kLive);
  auto const verdict = rig.step(7s, last);
  CHECK(verdict.state == RigState::kDegraded);
  CHECK(says(verdict, "no media from test for 7 s"));
  CHECK(rig.step(8s).state == RigState::kLive);
}

TEST_CASE("an input that never gave media is told too") {
  Machine rig;
  auto const never = [](RigReport& r) { r.last_media.reset(); };
  CHECK(rig.step(1s, never).state == RigState::kStarting);
  auto const verdict = rig.step(6s, never);
  CHECK(verdict.state == RigState::kDegraded);
  CHECK(says(verdict, "no media"));
}

TEST_CASE("the time without a relay is not held against the input") {
  Machine rig;
  rig.step(0s);
  for (int i = 1; i < 20; ++i) {
    rig.step(i * 1s, [](RigReport& r) {
      r.links_live = 0;
      r.last_media = at(0s);
    });
  }
  auto const verdict = rig.step(20s, [](RigReport& r) { r.last_media = at(0s); });
  CHECK(says(verdict, "waiting for media"));
}

TEST_CASE("a refusal is a state of its own, with its reason") {
  Machine rig;
  auto const verdict = rig.step(0s, [](RigReport& r) {
    r.srt = SrtPhase::kRejected;
    r.srt_reason = "the stream is in use (1409)";
  });
  CHECK(verdict.state == RigState::kRejected);
  CHECK(says(verdict, "in use"));
}

TEST_CASE("a stream that is worse than it should be is degraded") {
  Machine rig;
  rig.step(0s);
  auto const one = [](RigReport& r) { r.links_live = 1; };
  CHECK(rig.step(100ms, one).state == RigState::kLive);
  CHECK(rig.step(1099ms, one).state == RigState::kLive);
  auto verdict = rig.step(1100ms, one);
  CHECK(verdict == RigVerdict{RigState::kDegraded, "1 of 2 links live"});
  verdict = rig.step(1200ms, [](RigReport& r) { r.links_live = 0, r.links_suspect = 2; });
  CHECK(says(verdict, "does not answer on any link"));
  verdict = rig.step(2s, [](RigReport& r) { r.ack_stall = 2500ms; });
  CHECK(verdict.state == RigState::kDegraded);
  CHECK(says(verdict, "acknowledged"));
  CHECK(says(rig.step(3s, [](RigReport& r) { r.media_dropped = 4; }), "dropped"));
  CHECK(says(rig.step(7s, [](RigReport& r) { r.media_dropped = 4; }), "dropped"));
  CHECK(rig.step(8s, [](RigReport& r) { r.media_dropped = 4; }).state == RigState::kLive);
}

TEST_CASE("a failure outweighs all else") {
  Machine rig;
  auto const verdict = rig.step(0s, [](RigReport& r) {
    r.failure = "no video";
    r.links_live = 0;
  });
  CHECK(verdict == RigVerdict{RigState::kFailed, "no video"});
}

TEST_CASE("a rig whose links are all off says which and why, until one is on") {
  Machine rig;
  CHECK(rig.step(0s).state == RigState::kLive);
  auto verdict = rig.step(1s, [](RigReport& r) {
    r.links_known = r.links_live = 0;
    r.links_off = "m0 by the user";
  });
  CHECK(verdict == RigVerdict{RigState::kFailed, "every link is off: m0 by the user"});
  verdict = rig.step(2s, [](RigReport& r) {
    r.links_known = r.links_live = 1;
    r.links_off = "m0 by the user";
  });
  CHECK(verdict.state == RigState::kLive);
}

TEST_CASE("an encoder that stands still, and media that does not leave, are not live") {
  Machine rig;
  auto const encodes = [](RigReport& r) { r.encodes = true; };
  CHECK(rig.step(0s, encodes).state == RigState::kLive);
  auto verdict = rig.step(5s, [](RigReport& r) {
    r.encodes = true;
    r.last_media = at(4s);
  });
  CHECK(verdict == RigVerdict{RigState::kDegraded, "no media from test for 1 s"});
  verdict = rig.step(6s, [](RigReport& r) {
    r.encodes = true;
    r.unsent = 1500ms;
  });
  CHECK(verdict == RigVerdict{RigState::kDegraded, "nothing has left for relay:5000 for 1 s"});
  // What is passed on may pause.
  CHECK(rig.step(7s, [](RigReport& r) { r.unsent = 1500ms; }).state == RigState::kLive);
  Progress progress;
  CHECK(progress.still(at(9s)) == 0s);
  progress.look(7, at(10s));
  progress.look(7, at(12s));
  CHECK(progress.still(at(12s)) == 2s);
  progress.look(0, at(13s));
  CHECK(progress.still(at(13s)) == 0s);
  progress.rest();
  CHECK(progress.still(at(60s)) == 0s);
}

TEST_CASE("a slate on air is a state of its own, and silence in place of sound is said") {
  Machine rig;
  CHECK(rig.step(0s).state == RigState::kLive);
  auto verdict = rig.step(1s, [](RigReport& r) { r.slate_reason = "no picture from camera"; });
  CHECK(verdict == RigVerdict{RigState::kSlate, "no picture from camera"});
  verdict = rig.step(2s, [](RigReport& r) {
    r.slate_reason = "no picture from camera";
    r.srt = SrtPhase::kConnecting;
  });
  CHECK(verdict.state == RigState::kReconnecting);  // nobody sees the slate
  CHECK(rig.step(3s, [](RigReport& r) { r.sound_lost_for = 300ms; }).state == RigState::kLive);
  verdict = rig.step(4s, [](RigReport& r) { r.sound_lost_for = 1s; });
  CHECK(verdict == RigVerdict{RigState::kDegraded, "no sound from test: silence is sent"});
}

}  // namespace aegis::agent::control
