#include "relay/stream_id.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

using aegis::relay::Right;
using aegis::relay::StreamId;

namespace {

std::vector<std::string> keys_of(std::string_view text) {
  auto const id = StreamId::parse(text);
  return {id.keys().begin(), id.keys().end()};
}

}  // namespace

TEST_CASE("a bare key names no right") {
  auto const id = StreamId::parse("abc123");
  CHECK(id.fault() == StreamId::Fault::kNone);
  CHECK(keys_of("abc123") == std::vector<std::string>{"abc123"});
  CHECK_FALSE(id.wants());
}

TEST_CASE("the path form names the right and the key") {
  CHECK(keys_of("publish/live/abc") == std::vector<std::string>{"abc"});
  CHECK(StreamId::parse("publish/live/abc").wants() == Right::kPublish);
  CHECK(keys_of("play/live/xyz") == std::vector<std::string>{"xyz"});
  CHECK(StreamId::parse("play/live/xyz").wants() == Right::kPlay);
}

TEST_CASE("access control syntax takes the key from r, s or u") {
  CHECK(keys_of("#!::r=one,m=publish") == std::vector<std::string>{"one"});
  CHECK(keys_of("#!::m=publish,s=two") == std::vector<std::string>{"two"});
  CHECK(keys_of("#!::u=three") == std::vector<std::string>{"three"});
  CHECK(keys_of("#!::u=name,r=live,s=key,h=host,t=stream") ==
        std::vector<std::string>{"name", "live", "key"});
  CHECK(StreamId::parse("#!::r=k,m=publish").wants() == Right::kPublish);
  CHECK(StreamId::parse("#!::r=k,m=request").wants() == Right::kPlay);
  CHECK_FALSE(StreamId::parse("#!::r=k").wants());
}

TEST_CASE("access control syntax may carry the path form") {
  CHECK(keys_of("#!::r=publish/live/abc,m=publish") == std::vector<std::string>{"abc"});
  CHECK(StreamId::parse("#!::r=play/live/abc,m=publish").fault() == StreamId::Fault::kMalformed);
}

TEST_CASE("what holds no key is missing one") {
  for (auto const* text : {"", "publish/live/", "#!::", "#!::m=publish", "#!::r=,m=request"}) {
    INFO(text);
    CHECK(StreamId::parse(text).fault() == StreamId::Fault::kMissing);
  }
}

TEST_CASE("malformed ids are told apart from missing ones") {
  for (auto const* text : {"#!::r", "#!::=x", "#!::r=k,,m=publish", "#!::r=k,m=bidirectional",
                           "key with space", "key\n", "k\x80y", "#!::r=a,s=b,u=c,r=d"}) {
    INFO(text);
    CHECK(StreamId::parse(text).fault() == StreamId::Fault::kMalformed);
  }
}

TEST_CASE("the length is bounded") {
  CHECK(StreamId::parse(std::string(512, 'k')).fault() == StreamId::Fault::kNone);
  CHECK(StreamId::parse(std::string(513, 'k')).fault() == StreamId::Fault::kMalformed);
}
