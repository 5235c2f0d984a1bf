#include "relay/access.hpp"

#include <catch2/catch.hpp>

#include "relay/gate.hpp"

using namespace aegis;
using relay::Refusal;
using relay::Right;

namespace {

config::State two_streams() {
  config::State state;
  config::Stream cam;
  cam.name = "cam";
  cam.publish_key = crypto::Secret("pub-cam");
  cam.play_key = crypto::Secret("play-cam");
  cam.passphrase = crypto::Secret("a long passphrase");
  config::Stream roof;
  roof.name = "roof";
  roof.publish_key = crypto::Secret("pub-roof");
  roof.play_key = crypto::Secret("play-roof");
  state.streams = {cam, roof};
  return state;
}

Refusal refusal_of(const relay::Access& access, Right door, std::string_view stream_id) {
  auto const verdict = relay::judge(access, door, stream_id);
  REQUIRE(std::holds_alternative<Refusal>(verdict));
  return std::get<Refusal>(verdict);
}

}  // namespace

TEST_CASE("a key opens its stream for its right only") {
  relay::Access const access(two_streams());
  auto const verdict = relay::judge(access, Right::kPublish, "publish/live/pub-cam");
  REQUIRE(std::holds_alternative<relay::Grant>(verdict));
  auto const& grant = std::get<relay::Grant>(verdict);
  CHECK(grant.stream == "cam");
  CHECK((grant.passphrase == crypto::Secret("a long passphrase")));

  auto const play = relay::judge(access, Right::kPlay, "#!::r=live,u=play-roof,m=request");
  REQUIRE(std::holds_alternative<relay::Grant>(play));
  CHECK(std::get<relay::Grant>(play).stream == "roof");
  CHECK_FALSE(std::get<relay::Grant>(play).passphrase.has_value());
}

TEST_CASE("each wrong caller is refused with a reason of its own") {
  relay::Access const access(two_streams());
  CHECK(refusal_of(access, Right::kPublish, "play-cam") == Refusal::kWrongRight);
  CHECK(refusal_of(access, Right::kPlay, "pub-cam") == Refusal::kWrongRight);
  CHECK(refusal_of(access, Right::kPublish, "play/live/pub-cam") == Refusal::kWrongRight);
  CHECK(refusal_of(access, Right::kPublish, "nobody") == Refusal::kUnknownKey);
  CHECK(refusal_of(access, Right::kPublish, "pub-ca") == Refusal::kUnknownKey);
  CHECK(refusal_of(access, Right::kPublish, "") == Refusal::kNoStreamId);
  CHECK(refusal_of(access, Right::kPublish, "#!::r") == Refusal::kMalformedStreamId);
}

TEST_CASE("with no streams everybody is refused") {
  relay::Access const access;
  CHECK(refusal_of(access, Right::kPublish, "pub-cam") == Refusal::kUnknownKey);
  config::State state;
  state.streams.resize(1);
  state.streams[0].name = "keyless";
  CHECK(refusal_of(relay::Access(state), Right::kPublish, "#!::r=,u=") == Refusal::kNoStreamId);
}

TEST_CASE("a grant holds until its key or passphrase changes") {
  relay::Access const before(two_streams());
  auto const grant = std::get<relay::Grant>(relay::judge(before, Right::kPublish, "pub-cam"));
  CHECK(before.still_holds(grant));

  auto state = two_streams();
  state.streams[1].publish_key = crypto::Secret("another");
  CHECK(relay::Access(state).still_holds(grant));
  state.streams[0].passphrase = crypto::Secret("another passphrase");
  CHECK_FALSE(relay::Access(state).still_holds(grant));
  state = two_streams();
  state.streams.erase(state.streams.begin());
  CHECK_FALSE(relay::Access(state).still_holds(grant));
}

TEST_CASE("each refusal has a reject code of its own") {
  std::vector<int> codes;
  for (std::size_t i = 0; i < static_cast<std::size_t>(Refusal::kCount); ++i)
    codes.push_back(static_cast<int>(relay::reject_code(static_cast<Refusal>(i))));
  std::sort(codes.begin(), codes.end());
  CHECK(std::adjacent_find(codes.begin(), codes.end()) == codes.end());
}
