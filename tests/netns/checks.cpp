#include "netns/checks.hpp"

#include <catch2/catch.hpp>

namespace aegis::test {

void check_nothing_lost(const Transmission& transmission) {
  UNSCOPED_INFO(transmission.stream_words);
  UNSCOPED_INFO(transmission.sink.dump());
  CHECK(transmission.stream_code == 0);
  CHECK(transmission.sink.at("first").get<int>() == 0);
  CHECK(transmission.sink.at("lost").get<int>() == 0);
  CHECK(transmission.sink.at("duplicated").get<int>() == 0);
  CHECK(transmission.sink.at("damaged").get<int>() == 0);
  CHECK(transmission.sink.at("received").get<int>() == transmission.source.at("sent").get<int>());
}

}  // namespace aegis::test
