#include "common/http/server.hpp"

#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "unit/common/http/tcp_client.hpp"

using namespace aegis;
using Client = test::TcpClient;

namespace {

constexpr std::string_view kGet = "GET /hello?x=1 HTTP/1.1\r\nHost: test\r\n\r\n";

http::Response echo(const http::Request& request) {
  if (request.target == "/throw") throw std::runtime_error("on purpose");
  http::Response response;
  response.content_type = "text/plain";
  response.body = request.method + " " + request.target + " " + request.body + "|end";
  return response;
}

std::unique_ptr<http::Server> start(const http::ServerLimits& limits = {}) {
  auto server = http::Server::start(Endpoint::loopback(0), echo, limits);
  REQUIRE(server);
  return std::move(*server);
}

}  // namespace

TEST_CASE("a request gets its answer, and the connection takes another") {
  auto const server = start();
  Client client(server->local());
  for (int i = 0; i < 3; ++i) {
    client.send(kGet);
    auto const answer = client.read("|end");
    CHECK(answer.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(answer.find("GET /hello?x=1 |end") != std::string::npos);
    CHECK(answer.find("Access-Control") == std::string::npos);
  }
  client.send("POST /p HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody");
  CHECK(client.read("|end").find("POST /p body|end") != std::string::npos);
}

TEST_CASE("a request may come byte by byte, in chunks, or with the next one behind it") {
  auto const server = start();
  Client client(server->local());
  for (char const byte : std::string("POST /p HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody")) {
    client.send({&byte, 1});
    std::this_thread::sleep_for(1ms);
  }
  CHECK(client.read("|end").find("POST /p body|end") != std::string::npos);
  client.send("POST /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nbod\r\n");
  client.send("1\r\ny\r\n0\r\n\r\nGET /next HTTP/1.1\r\n\r\n");
  auto const both = client.read("/next |end");
  CHECK(both.find("POST /c body|end") != std::string::npos);
  CHECK(both.find("GET /next |end") != std::string::npos);
  client.send("GET / HTTP/1.1\r\n");
  for (int line = 0; line < 8; ++line) client.send("X: " + std::string(2000, 'x') + "\r\n");
  CHECK(client.read("\r\n").starts_with("HTTP/1.1 431"));
}

TEST_CASE("HEAD gets the header of GET") {
  auto const server = start();
  Client client(server->local());
  client.send("HEAD /a HTTP/1.1\r\n\r\n");
  auto const answer = client.read("|end", 200ms);
  CHECK(answer.find("Content-Length: 11\r\n") != std::string::npos);
  CHECK(answer.ends_with("\r\n\r\n"));
}

TEST_CASE("bad requests are answered and closed") {
  auto const server = start();
  struct Case {
    std::string request, status;
  };
  for (auto const& [request, status] :
       {Case{"nonsense\r\n\r\n", "400"},
        Case{"GET / HTTP/1.1\r\nX: " + std::string(9000, 'x') + "\r\n\r\n", "431"},
        Case{"POST / HTTP/1.1\r\nContent-Length: 70000\r\n\r\n", "413"}}) {
    Client client(server->local());
    client.send(request);
    CHECK(client.read("\r\n").starts_with("HTTP/1.1 " + status));
    CHECK(client.closed_by_server(1000ms));
  }
}

TEST_CASE("a handler that throws costs a 500 and nothing else") {
  auto const server = start();
  Client client(server->local());
  client.send("GET /throw HTTP/1.1\r\n\r\n");
  CHECK(client.read("}").starts_with("HTTP/1.1 500"));
  client.send(kGet);
  CHECK(client.read("|end").starts_with("HTTP/1.1 200"));
}

TEST_CASE("200 clients that say nothing do not delay the next one") {
  auto const server = start();
  std::vector<std::unique_ptr<Client>> silent;
  for (int i = 0; i < 200; ++i) {
    silent.push_back(std::make_unique<Client>(server->local()));
    if (i % 2 == 0) silent.back()->send("GET / HT");
  }
  auto const before = std::chrono::steady_clock::now();
  Client client(server->local());
  client.send(kGet);
  CHECK(client.read("|end").starts_with("HTTP/1.1 200"));
  CHECK(std::chrono::steady_clock::now() - before < 500ms);
}

TEST_CASE("one connection too many closes the one that was idle longest") {
  http::ServerLimits limits;
  limits.connections = 3;
  auto const server = start(limits);
  Client first(server->local());
  Client second(server->local());
  Client third(server->local());
  for (auto* client : {&second, &third, &first}) {
    client->send(kGet);
    REQUIRE(client->read("|end").starts_with("HTTP/1.1 200"));
  }
  Client fourth(server->local());
  fourth.send(kGet);
  CHECK(fourth.read("|end").starts_with("HTTP/1.1 200"));
  CHECK(second.closed_by_server(1000ms));
  first.send(kGet);
  CHECK(first.read("|end").starts_with("HTTP/1.1 200"));
}

TEST_CASE("slow requests and idle connections are closed in time") {
  http::ServerLimits limits;
  limits.request_timeout = 200ms;
  limits.idle_timeout = 400ms;
  auto const server = start(limits);
  Client slow(server->local());
  slow.send("GET / HTTP/1.1\r\n");
  Client idle(server->local());
  idle.send(kGet);
  REQUIRE(idle.read("|end").starts_with("HTTP/1.1 200"));
  CHECK(slow.closed_by_server(1000ms));
  CHECK_FALSE(idle.closed_by_server(100ms));
  CHECK(idle.closed_by_server(1500ms));
}

TEST_CASE("clients that reset do no harm") {
  auto const server = start();
  for (int i = 0; i < 50; ++i) {
    Client client(server->local());
    for (int k = 0; k < 20; ++k) client.send(kGet);
    client.reset();
  }
  Client client(server->local());
  client.send(kGet);
  CHECK(client.read("|end").starts_with("HTTP/1.1 200"));
}

TEST_CASE("a port in use is an error that says so") {
  auto const server = start();
  auto const second = http::Server::start(server->local(), echo);
  REQUIRE_FALSE(second);
  CHECK(second.error().kind == ErrorKind::kTryLater);
}
