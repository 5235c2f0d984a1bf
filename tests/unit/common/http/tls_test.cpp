#include "common/http/tls.hpp"

#include <vector>

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include "common/http/get.hpp"
#include "common/http/server.hpp"
#include "common/os/clock.hpp"
#include "unit/common/http/certificate.hpp"
#include "unit/common/http/tcp_client.hpp"

using namespace aegis;
using test::Certificate;

namespace {

http::Response echo(const http::Request& request) {
  http::Response response;
  auto const shown = request.headers.find("authorization");
  response.body =
      request.target + " " + (shown == request.headers.end() ? "nothing" : shown->second);
  return response;
}

std::unique_ptr<http::Server> start(const Certificate& certificate,
                                    const http::ServerLimits& limits = {}) {
  auto tls = http::server_tls(certificate.file(), certificate.key_file());
  REQUIRE(tls);
  auto server = http::Server::start(Endpoint::loopback(0), echo, limits, *tls);
  REQUIRE(server);
  return std::move(*server);
}

std::string url(const http::Server& server, const char* scheme = "https") {
  return std::string(scheme) + "://" + to_string(server.local()) + "/x";
}

}  // namespace

TEST_CASE("HTTPS answers those that trust its certificate, and takes a bearer key", "[tls]") {
  Certificate const certificate;
  auto const server = start(certificate);
  auto const answer = http::get(url(*server), {}, {crypto::Secret("the key"), certificate.file()});
  REQUIRE(answer);
  CHECK(*answer == "/x Bearer the key");
  CHECK(*http::get(url(*server), {}, {std::nullopt, certificate.file()}) == "/x nothing");
}

TEST_CASE("a certificate that nobody vouches for is refused by our own reader", "[tls]") {
  Certificate const certificate, other;
  auto const server = start(certificate);
  for (auto const& ca : {std::filesystem::path(), other.file()}) {
    auto const answer = http::get(url(*server), {}, {std::nullopt, ca});
    REQUIRE_FALSE(answer);
    CHECK(answer.error().kind == ErrorKind::kUnreachable);
  }
}

TEST_CASE("clear text to a TLS port gets nothing and does no harm", "[tls]") {
  Certificate const certificate;
  auto const server = start(certificate);
  test::TcpClient client(server->local());
  client.send("GET / HTTP/1.1\r\n\r\n");
  CHECK(client.closed_by_server(1000ms));
  CHECK(http::get(url(*server), {}, {std::nullopt, certificate.file()}));
}

TEST_CASE("200 clients that never finish their handshake do not delay the next one", "[tls]") {
  Certificate const certificate;
  auto const server = start(certificate);
  std::vector<std::unique_ptr<test::TcpClient>> silent;
  for (int i = 0; i < 200; ++i) {
    silent.push_back(std::make_unique<test::TcpClient>(server->local()));
    if (i % 2 == 0) silent.back()->send("\x16\x03\x01");  // a handshake's first bytes
  }
  auto const before = os::now();
  CHECK(http::get(url(*server), {}, {std::nullopt, certificate.file()}));
  CHECK(os::now() - before < 1s);
}

TEST_CASE("a handshake has the request's deadline", "[tls]") {
  Certificate const certificate;
  http::ServerLimits limits;
  limits.request_timeout = 200ms;
  auto const server = start(certificate, limits);
  test::TcpClient client(server->local());
  CHECK(client.closed_by_server(1000ms));
}

TEST_CASE("files that TLS cannot use are errors that name the file", "[tls]") {
  Certificate const certificate, other;
  auto const failure = [](const std::filesystem::path& chain, const std::filesystem::path& key) {
    auto const made = http::server_tls(chain, key);
    REQUIRE_FALSE(made);
    CHECK(made.error().kind == ErrorKind::kConfiguration);
    return made.error().what;
  };
  CHECK(failure("/nonexistent.pem", certificate.key_file()).find("/nonexistent.pem") !=
        std::string::npos);
  CHECK(failure(certificate.file(), "/nonexistent.pem").find("/nonexistent.pem") !=
        std::string::npos);
  CHECK(failure(certificate.file(), other.key_file()).find("key.pem") != std::string::npos);
  REQUIRE(::chmod(certificate.key_file().c_str(), 0644) == 0);
  CHECK(failure(certificate.file(), certificate.key_file()).find("key.pem") != std::string::npos);
}
