// RTMP by hand: what a publisher sends, in pieces of any size, and what nobody should send.
#include "agent/media/rtmp_session.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

#include "agent/media/amf.hpp"

namespace aegis::agent::media {
namespace {

using Buffer = RtmpSession::Buffer;

void append(Buffer& to, ByteView bytes) {
  to.insert(to.end(), bytes.begin(), bytes.end());
}

void append(Buffer& to, std::initializer_list<int> bytes) {
  for (int const byte : bytes) to.push_back(static_cast<std::byte>(byte));
}

// A message in chunks of 128 bytes on chunk stream 3: one header, then bare continuations.
Buffer message(int type, const Buffer& payload, std::uint32_t time = 0) {
  Buffer out;
  auto const size = static_cast<int>(payload.size());
  append(out, {3, static_cast<int>(time >> 16), static_cast<int>(time >> 8 & 0xff),
               static_cast<int>(time & 0xff), size >> 16, size >> 8 & 0xff, size & 0xff, type, 1, 0,
               0, 0});
  for (std::size_t at = 0; at < payload.size(); at += 128) {
    if (at > 0) append(out, {0xc3});
    append(out, ByteView(payload).subspan(at, std::min<std::size_t>(128, payload.size() - at)));
  }
  return out;
}

Buffer handshake() {
  Buffer out(1 + 2 * 1536);
  out[0] = std::byte{3};
  return out;
}

Buffer connect(const std::string& app) {
  AmfWriter out;
  out.text("connect").number(1).begin_object().name("app").text(app);
  out.name("audioCodecs").number(3191).end_object();
  return message(20, out.bytes());
}

Buffer publish(const std::string& key) {
  AmfWriter out;
  out.text("publish").number(5).null().text(key).text("live");
  return message(20, out.bytes());
}

Buffer opening(const std::string& app, const std::string& key) {
  Buffer all = handshake();
  append(all, connect(app));
  append(all, publish(key));
  return all;
}

bool holds(const Buffer& bytes, std::string_view text) {
  auto const* const begin = reinterpret_cast<const char*>(bytes.data());
  return std::string_view(begin, bytes.size()).find(text) != std::string_view::npos;
}

RtmpSession::Rights rights() {
  return {"live", crypto::Secret("canary")};
}

}  // namespace

TEST_CASE("a publisher with the key is let in, however its bytes come") {
  Buffer all = opening("live", "canary");
  Buffer const picture(1000, std::byte{0x17});
  append(all, message(9, picture, 0x123456));
  for (std::size_t const piece : {std::size_t{1}, std::size_t{7}, all.size()}) {
    RtmpSession session(rights());
    for (std::size_t at = 0; at < all.size(); at += piece)
      REQUIRE(session.take(ByteView(all).subspan(at, std::min(piece, all.size() - at))));
    CHECK(session.publishing());
    auto const answers = session.take_answers();
    CHECK(holds(answers, "NetConnection.Connect.Success"));
    CHECK(holds(answers, "NetStream.Publish.Start"));
    CHECK_FALSE(holds(answers, "canary"));
    auto const media = session.take_media();
    REQUIRE(media.size() == 13 + 11 + 1000 + 4);
    CHECK(holds(media, "FLV"));
    CHECK(media[13] == std::byte{9});
    CHECK(load_u32(media, 13) == ((9u << 24) | 1000u));
    CHECK(load_u32(media, 17) == 0x12345600u);
    CHECK(load_u32(media, media.size() - 4) == 1011);
    CHECK(session.take_media().empty());
  }
}

TEST_CASE("who has another key, another application or none is turned away") {
  struct Case {
    const char *app, *key, *why;
  };
  for (auto const& [app, key, why] : {Case{"live", "guess", "it has not the right key"},
                                      Case{"live", "", "it has not the right key"},
                                      Case{"other", "canary", "it asks for another application"}}) {
    RtmpSession session(rights());
    CHECK_FALSE(session.take(opening(app, key)));
    CHECK(session.reason() == why);
    CHECK_FALSE(session.publishing());
    CHECK(session.take_media().empty());
    CHECK_FALSE(session.take(publish("canary")));  // there is no second try
  }
  RtmpSession early(rights());
  Buffer all = handshake();
  append(all, publish("canary"));
  CHECK_FALSE(early.take(all));
  CHECK(early.reason() == "it does not connect first");
}

TEST_CASE("apps that write more than the names are understood") {
  RtmpSession session(rights());
  CHECK(session.take(opening("live/", "canary?token=1")));
  CHECK(session.publishing());
}

TEST_CASE("what is not RTMP, or too much of it, ends the session") {
  auto const reason_of = [](const Buffer& bytes) {
    RtmpSession session(rights());
    CHECK_FALSE(session.take(bytes));
    return session.reason();
  };
  CHECK(reason_of(Buffer(10, std::byte{'G'})) == "it does not speak RTMP");
  Buffer streams = handshake();
  for (int i = 2; i < 40; ++i) append(streams, {i, 0, 0, 0, 0, 0, 1, 9, 0, 0, 0, 0, 1});
  CHECK(reason_of(streams) == "it opens too many chunk streams");
  Buffer huge = handshake();
  append(huge, {3, 0, 0, 0, 0xff, 0xff, 0xff, 9, 0, 0, 0, 0});
  CHECK(reason_of(huge) == "it sends a message that is too long");
  Buffer headless = handshake();
  append(headless, {0xc3, 0, 0});
  CHECK(reason_of(headless) == "its chunks do not begin");
}

TEST_CASE("a ping is answered, and a stream that is deleted has ended") {
  RtmpSession session(rights());
  REQUIRE(session.take(opening("live", "canary")));
  session.take_answers();
  Buffer ping;
  append(ping, {0, 6, 1, 2, 3, 4});
  REQUIRE(session.take(message(4, ping)));
  auto const pong = session.take_answers();
  REQUIRE(pong.size() == 18);
  CHECK(load_u16(pong, 12) == 7);
  CHECK(load_u32(pong, 14) == 0x01020304);
  AmfWriter gone;
  gone.text("deleteStream").number(0).null().number(1);
  CHECK_FALSE(session.take(message(20, gone.bytes())));
  CHECK_FALSE(session.publishing());
}

TEST_CASE("AMF that is cut, nested without end or of unknown types is refused") {
  Buffer nested;
  for (int i = 0; i < 50; ++i) append(nested, {10, 0, 0, 0, 1});
  CHECK_FALSE(AmfReader(nested).skip());
  Buffer const whole = AmfWriter().begin_object().name("a").text("b").end_object().bytes();
  CHECK(AmfReader(whole).text_member("a") == "b");
  CHECK_FALSE(AmfReader(whole).text_member("c"));
  for (std::size_t size = 0; size < whole.size(); ++size)
    CHECK_FALSE(AmfReader(ByteView(whole).first(size)).skip());
  Buffer unknown;
  append(unknown, {77});
  CHECK_FALSE(AmfReader(unknown).skip());
}

}  // namespace aegis::agent::media
