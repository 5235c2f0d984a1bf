// The exchange of rig and relay over real TLS, broken off at every step and taken up again.
#include "agent/pairing.hpp"

#include <catch2/catch.hpp>

#include "common/crypto/identity.hpp"
#include "common/http/identity_tls.hpp"
#include "common/http/pinned_post.hpp"
#include "common/http/server.hpp"
#include "unit/relay/relay_fixture.hpp"

namespace aegis::test {
namespace {

relay::ServeOptions pairing_options() {
  relay::ServeOptions options;
  options.pair_listen = HostPort{"127.0.0.1", 0};
  return options;
}

// A relay, and a rig's state file.
struct Both {
  RelayFixture relay{pairing_options()};
  TempDir directory;

  std::filesystem::path rig() const { return directory / "state.toml"; }

  // A code for the stream "cam".
  pairing::Uri invite(Duration life = 10min) {
    pairing::Uri uri;
    crypto::random_bytes(uri.invitation);
    uri.secret = crypto::Secret("01234567890123456789");
    relay.change([&](config::State& state) {
      if (state.identity.empty()) state.identity = crypto::Secret(std::string(32, 'i'));
      uri.fingerprint = crypto::fingerprint_of(state.identity);
      auto const digest = crypto::sha256(std::as_bytes(std::span(uri.secret.expose())));
      state.find_stream("cam")->slot.invitation =
          pairing::Invitation{uri.invitation, digest, os::wall_now() + life, 0};
    });
    REQUIRE(relay.relay().bound().pairing.has_value());
    uri.at = {"127.0.0.1", relay.relay().bound().pairing->port()};
    return uri;
  }
  pairing::Slot slot() const {
    auto const state = config::load_state(relay.state_file());
    REQUIRE(state);
    return state->find_stream("cam")->slot;
  }
  config::State rig_state() const {
    auto const state = config::load_state(rig());
    REQUIRE(state);
    return *state;
  }
  bool both_have_it() const {
    auto const here = rig_state();
    auto const there = slot();
    return here.relays.size() == 1 && here.attempts.empty() && there.device && !there.invitation &&
           !there.candidate && there.device->id == here.relays[0].device.id &&
           there.device->key == here.relays[0].device.key;
  }
  bool neither_has_it() const {
    auto const here = rig_state();
    return here.relays.empty() && here.attempts.empty() && !slot().device;
  }
};

// The rig's first step, as it stands after a crash: nothing was sent yet.
config::Attempt begin(const Both& both, const pairing::Uri& uri) {
  auto dead = uri;
  dead.at.port = 1;
  auto const tried = agent::pair(both.rig(), dead, "");
  REQUIRE_FALSE(tried.ok());
  CHECK(tried.error().kind == ErrorKind::kUnreachable);
  config::Attempt begun;
  auto const moved = config::update_state(both.rig(), [&](config::State& state) {
    REQUIRE(state.attempts.size() == 1);
    state.attempts[0].relay.pairing = uri.at;
    begun = state.attempts[0];
    return success();
  });
  REQUIRE(moved);
  return begun;
}

pairing::Request request_of(const config::Attempt& attempt) {
  return {attempt.by, attempt.secret, crypto::x25519_public(attempt.rig_key)};
}

// The rig's second step on the wire, of which it remembers nothing.
http::PinnedAnswer ask(const config::Attempt& attempt) {
  auto const answer =
      http::post_pinned({attempt.relay.pairing, "/pair/1", attempt.relay.fingerprint,
                         pairing::write(request_of(attempt))});
  REQUIRE(answer);
  return *answer;
}

// What the rig stores of it.
bond::Device store(const Both& both, const config::Attempt& attempt,
                   const http::PinnedAnswer& answer) {
  auto outcome = pairing::read_answer(request_of(attempt), attempt.relay.fingerprint,
                                      attempt.rig_key, answer.body.expose());
  REQUIRE(outcome.has_value());
  auto const saved = config::update_state(both.rig(), [&](config::State& state) {
    auto& relay = state.attempts.at(0).relay;
    relay.device = outcome->device;
    relay.terms = outcome->terms;
    for (auto& address : relay.terms.addresses) address.host = relay.pairing.host;
    return success();
  });
  REQUIRE(saved);
  return outcome->device;
}

}  // namespace

TEST_CASE("a rig pairs, and knows where and as what it publishes", "[pairing]") {
  Both both;
  HostPort const backup{"backup.example.org", 5000};
  both.relay.change([&](config::State& state) { state.addresses = {backup}; });
  auto const paired = agent::pair(both.rig(), both.invite(), "");
  INFO((paired ? "" : paired.error().what + ": " + paired.error().why));
  REQUIRE(paired);
  CHECK(both.both_have_it());
  CHECK(paired->name == "cam");
  CHECK(paired->terms.stream == "cam");
  CHECK(paired->terms.stream_id.expose() == both.relay.publish_key("cam"));
  REQUIRE(paired->terms.addresses.size() == 2);
  CHECK(paired->terms.addresses[0] ==
        HostPort{"127.0.0.1", both.relay.relay().bound().srtla.port()});
  CHECK(paired->terms.addresses[1] == backup);
}

TEST_CASE("whatever step a rig dies at, the retry ends with both or neither", "[pairing]") {
  Both both;
  auto const uri = both.invite();
  auto const begun = begin(both, uri);
  SECTION("before it has sent anything") {
    REQUIRE(agent::pair(both.rig(), uri, ""));
  }
  SECTION("before the answer was stored") {
    auto const first = ask(begun);
    REQUIRE(first.status == 200);
    CHECK(ask(begun).body == first.body);
    CHECK_FALSE(both.slot().device.has_value());
    REQUIRE(agent::pair(both.rig(), uri, ""));
  }
  SECTION("before it has confirmed") {
    store(both, begun, ask(begun));
    CHECK_FALSE(both.slot().device.has_value());
    REQUIRE(agent::finish_pairings(both.rig()));
  }
  SECTION("before its being confirmed was stored") {
    auto const device = store(both, begun, ask(begun));
    auto const said = http::post_pinned(
        {uri.at, "/pair/1/confirm", uri.fingerprint, pairing::make_confirmation(device)});
    REQUIRE(said);
    CHECK(said->status == 200);
    CHECK(both.slot().device.has_value());
    REQUIRE(agent::finish_pairings(both.rig()));
  }
  SECTION("and the relay was started again meanwhile") {
    ask(begun);
    both.relay.change([](config::State&) {});
    REQUIRE(agent::pair(both.rig(), uri, ""));
  }
  CHECK(both.both_have_it());
  // The code is used up.
  auto const again = agent::pair(both.directory / "other.toml", uri, "");
  REQUIRE_FALSE(again.ok());
  CHECK(again.error().kind == ErrorKind::kRefused);
}

TEST_CASE("a pairing that was never confirmed lapses at both ends", "[pairing]") {
  Both both;
  auto const uri = both.invite();
  auto const begun = begin(both, uri);
  store(both, begun, ask(begun));
  both.relay.change([](config::State& state) {
    state.find_stream("cam")->slot.candidate->lapses = os::wall_now() - 1s;
  });
  auto const late = agent::finish_pairings(both.rig());
  REQUIRE_FALSE(late.ok());
  CHECK(late.error().kind == ErrorKind::kRefused);
  CHECK(both.neither_has_it());
}

TEST_CASE("who stands in the relay's place cannot undo what it may have confirmed", "[pairing]") {
  Both both;
  auto const uri = both.invite();
  auto const begun = begin(both, uri);
  store(both, begun, ask(begun));
  auto const meddle = [&](std::byte with) {
    REQUIRE(config::update_state(both.rig(), [&](config::State& state) {
      state.attempts.at(0).relay.fingerprint.front() ^= with;
      return success();
    }));
  };
  meddle(std::byte{1});
  CHECK(agent::finish_pairings(both.rig()).error().kind == ErrorKind::kRefused);
  meddle(std::byte{1});
  REQUIRE(agent::finish_pairings(both.rig()));
  CHECK(both.both_have_it());
}

TEST_CASE("a relay that hears nobody from where the rig is now cannot undo it either",
          "[pairing]") {
  Both both;
  auto const uri = both.invite();
  auto const begun = begin(both, uri);
  store(both, begun, ask(begun));
  auto tls = http::identity_tls(crypto::Secret(std::string(32, 'i')));
  REQUIRE(tls);
  auto const deaf = http::Server::start(
      Endpoint::loopback(0), [](const auto&) { return http::json_error(403, "not from here"); }, {},
      tls);
  REQUIRE(deaf);
  auto const move_to = [&](std::uint16_t port) {
    REQUIRE(config::update_state(both.rig(), [&](config::State& state) {
      state.attempts.at(0).relay.pairing.port = port;
      return success();
    }));
  };
  move_to((*deaf)->local().port());
  CHECK(agent::finish_pairings(both.rig()).error().kind == ErrorKind::kRefused);
  move_to(uri.at.port);
  REQUIRE(agent::finish_pairings(both.rig()));
  CHECK(both.both_have_it());
}

TEST_CASE("a relay that is not there does not keep a pairing with another from its end",
          "[pairing]") {
  Both both;
  auto const begun = begin(both, both.invite());
  store(both, begun, ask(begun));
  REQUIRE(config::update_state(both.rig(), [&](config::State& state) {
    auto dead = state.attempts.at(0);
    dead.by.fill(std::byte{9});
    dead.relay.device.id.fill(std::byte{9});
    dead.relay.pairing.port = 1;
    state.attempts.insert(state.attempts.begin(), dead);
    return success();
  }));
  CHECK(agent::finish_pairings(both.rig()).error().kind == ErrorKind::kUnreachable);
  CHECK(both.rig_state().relays.size() == 1);
  CHECK(both.rig_state().attempts.size() == 1);
}

TEST_CASE("each code that is over is refused with its reason, and leaves nothing", "[pairing]") {
  Both both;
  auto uri = both.invite(10min);
  auto const refusal = [&](const pairing::Uri& code) {
    auto const paired = agent::pair(both.rig(), code, "");
    REQUIRE_FALSE(paired.ok());
    CHECK(paired.error().kind == ErrorKind::kRefused);
    return paired.error().why;
  };
  SECTION("expired") {
    uri = both.invite(-1s);
    CHECK(refusal(uri) == "this code has expired");
  }
  SECTION("burnt by wrong secrets") {
    auto guess = uri;
    for (int i = 0; i < pairing::kWrongTries; ++i) {
      guess.secret = crypto::Secret("9876543210987654321" + std::to_string(i));
      CHECK(refusal(guess) == "the relay does not take this code");
    }
    CHECK(refusal(uri).starts_with("this code is burnt"));
  }
  SECTION("of another relay: nothing is sent") {
    auto other = uri;
    other.fingerprint.front() ^= std::byte{1};
    CHECK(refusal(other) == "what answers there is not the relay that is meant");
    CHECK(both.slot().invitation->wrong_tries == 0);
  }
  SECTION("used by another rig") {
    ask(begin(both, uri));
    auto const other = agent::pair(both.directory / "other.toml", uri, "");
    REQUIRE_FALSE(other.ok());
    CHECK(other.error().why == "another rig has used this code");
    return;
  }
  CHECK(both.neither_has_it());
}

TEST_CASE("a rig changes its key by the key that it has", "[pairing]") {
  Both both;
  auto const before = agent::pair(both.rig(), both.invite(), "studio");
  REQUIRE(before);
  auto const after = agent::rotate_pairing(both.rig(), "studio");
  INFO((after ? "" : after.error().why));
  REQUIRE(after);
  CHECK(both.both_have_it());
  CHECK(after->device.id == before->device.id);
  CHECK_FALSE(after->device.key == before->device.key);
  CHECK(after->name == "studio");
  // Who has the old one gets nowhere with it.
  REQUIRE(config::update_state(both.rig(), [&](config::State& state) {
    state.relays[0].device = before->device;
    return success();
  }));
  CHECK(agent::rotate_pairing(both.rig(), "studio").error().kind == ErrorKind::kRefused);
}

TEST_CASE("a new code for a paired stream takes the place of the pairing", "[pairing]") {
  Both both;
  REQUIRE(agent::pair(both.rig(), both.invite(), "studio"));
  auto const old = both.slot().device->key;
  auto const again = agent::pair(both.rig(), both.invite(), "");
  REQUIRE(again);
  CHECK(again->name == "studio");
  CHECK_FALSE(both.slot().device->key == old);
  CHECK(both.both_have_it());
}

TEST_CASE("the listener is there only while somebody may come", "[pairing]") {
  Both both;
  CHECK_FALSE(both.relay.relay().bound().pairing.has_value());
  both.invite();
  both.relay.change([](config::State& state) { state.find_stream("cam")->slot = {}; });
  CHECK_FALSE(both.relay.relay().bound().pairing.has_value());
}

}  // namespace aegis::test
