// A small HTTP/1.1 server for figures: asynchronous, bounded, indifferent to slow clients.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/endpoint.hpp"
#include "common/base/result.hpp"
#include "common/base/time.hpp"

namespace boost::asio::ssl {
class context;
}

namespace aegis::http {

struct Request {
  std::string method;  // "GET"; HEAD is asked of the handler as GET
  std::string target;  // path and query, as sent
  std::string body;
  std::multimap<std::string, std::string> headers;  // names in lower case
  Endpoint from = {};
};

struct Response {
  unsigned status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::map<std::string, std::string> headers;
  // Set: the body has no end of its own. This is asked ten times a second for what there is to be
  // said, while the client takes it; nothing ends it. It is called on the server's thread, so it
  // must not block.
  std::function<std::optional<std::string>()> more;
};

struct ServerLimits {
  std::size_t connections = 64;  // one more closes the one that has been idle longest
  std::size_t header_bytes = 8 * 1024;
  std::size_t body_bytes = 64 * 1024;
  Duration request_timeout = 5s;  // from a request's first byte, or a new connection, to its last
  Duration idle_timeout = 15s;    // between two requests
  Duration write_timeout = 5s;
};

// Runs on a thread of its own from start() to the destructor, which ends every connection at once.
class Server {
 public:
  // Answers one request: on the server's thread, so it must not block. What it throws becomes a
  // 500.
  using Handler = std::function<Response(const Request&)>;

  // What server_tls() made; none serves in clear.
  using Tls = std::shared_ptr<boost::asio::ssl::context>;

  // Errors: kTryLater when the port is taken, kConfiguration when the address is not this host's.
  static Result<std::unique_ptr<Server>> start(const Endpoint& local, Handler handler,
                                               const ServerLimits& limits = {}, Tls tls = nullptr);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  Endpoint local() const;
  // Connections from now on get this one; whether they get TLS at all stays as it was at the start.
  // Thread-safe.
  void set_tls(Tls tls);

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// {"error": "..."} with the status.
Response json_error(unsigned status, std::string_view what);

}  // namespace aegis::http
