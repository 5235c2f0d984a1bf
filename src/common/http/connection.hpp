// One client of the HTTP server: its requests, one after the other, each with its deadlines.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "common/http/byte_stream.hpp"
#include "common/http/server.hpp"

namespace aegis::http {

class Connection;
using Connections = std::list<std::shared_ptr<Connection>>;

// What the connections share; on the server's thread only.
struct Shared {
  Server::Handler handler;
  ServerLimits limits;
  Connections by_use;  // the one idle longest is first
};

// It lives in Shared::by_use, and in its own pending operations.
class Connection final : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Shared& shared, std::unique_ptr<ByteStream> stream);

  void start(Connections::iterator place);
  // Idempotent. Pending operations come back with an error and find out that it is over.
  void close();

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

  ByteStream::Done unless_closed(void (Connection::*next)());
  void touch();
  void wait_for_bytes();
  void read_request();
  void parse();
  void read_more();
  void end_of_bytes();
  void refuse(const error_code& why);
  void answer();
  void write(const Response& response, unsigned version, bool keep_alive, bool head);
  void written();
  void begin_stream(const Response& response);
  void write_stream();
  void wait_for_more();
  void ask_for_more();
  void end_stream();
  void next_request();
  void finish();

  std::unique_ptr<ByteStream> stream_;
  Shared& shared_;
  Connections::iterator place_;
  bool closed_ = false;
  boost::beast::flat_buffer buffer_{32 * 1024};
  std::optional<Parser> parser_;
  std::string out_;  // what is being written
  bool keep_alive_ = false;
  std::function<std::optional<std::string>()> more_;  // of an answer without end
  std::optional<asio::steady_timer> pause_;
};

}  // namespace aegis::http
