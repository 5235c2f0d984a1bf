// One client of the HTTP server: its requests, one after the other, each with its deadlines. Over
// TCP or TLS. Included by the server only.
#pragma once

#include <algorithm>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

#include "common/http/server.hpp"
#include "common/os/log.hpp"

namespace aegis::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace bhttp = boost::beast::http;
using boost::system::error_code;
using Tcp = asio::ip::tcp;
using PlainStream = beast::tcp_stream;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;

// Codes of Beast's parser into what the client is told.
inline Response parse_failure(const error_code& why) {
  if (why == bhttp::error::header_limit) return json_error(431, "the header is too large");
  if (why == bhttp::error::body_limit) return json_error(413, "the body is too large");
  return json_error(400, "not an HTTP request");
}

inline Request take_request(const bhttp::request<bhttp::string_body>& parsed) {
  Request request;
  bool const head = parsed.method() == bhttp::verb::head;
  request.method = head ? "GET" : std::string(parsed.method_string());
  request.target = std::string(parsed.target());
  request.body = parsed.body();
  for (auto const& field : parsed) {
    std::string name(field.name_string());
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    request.headers.emplace(std::move(name), std::string(field.value()));
  }
  return request;
}

// What the server knows of a connection, whatever it runs over.
class AnyConnection {
 public:
  virtual ~AnyConnection() = default;
  // Idempotent. Pending operations come back with an error and find out that it is over.
  virtual void close() = 0;
};
using Connections = std::list<std::shared_ptr<AnyConnection>>;

// What the connections share; on the server's thread only.
struct Shared {
  Server::Handler handler;
  ServerLimits limits;
  Connections by_use;  // the one idle longest is first
};

// It lives in Shared::by_use, and in its own pending operations.
template <typename Stream>
class Connection final : public AnyConnection,
                         public std::enable_shared_from_this<Connection<Stream>> {
 public:
  // `more` is what a Stream needs beside the socket: the context of TLS.
  template <typename... More>
  Connection(Shared& shared, Tcp::socket socket, More&... more)
      : stream_(std::move(socket), more...), shared_(shared) {}

  void start(Connections::iterator place) {
    place_ = place;
    tcp().expires_after(shared_.limits.request_timeout);
    if constexpr (kTls) {
      auto self = this->shared_from_this();
      stream_.async_handshake(asio::ssl::stream_base::server, [self](error_code why) {
        if (why || self->closed_) return self->close();
        self->wait_for_bytes();
      });
    } else {
      wait_for_bytes();
    }
  }

  void close() override {
    if (closed_) return;
    closed_ = true;
    error_code ignored;
    tcp().socket().shutdown(Tcp::socket::shutdown_both, ignored);
    tcp().close();
    if (pause_) pause_->cancel();
    shared_.by_use.erase(place_);
  }

 private:
  static constexpr bool kTls = std::is_same_v<Stream, TlsStream>;
  static constexpr std::size_t kReadSize = 2048;
  static constexpr Duration kAskMore = 100ms;

  beast::tcp_stream& tcp() { return beast::get_lowest_layer(stream_); }
  void touch() { shared_.by_use.splice(shared_.by_use.end(), shared_.by_use, place_); }

  // The first bytes of a request are read by themselves: before them the idle time runs, from them
  // on the request's.
  void wait_for_bytes() {
    if (buffer_.size() > 0) return read_request();
    auto self = this->shared_from_this();
    stream_.async_read_some(buffer_.prepare(kReadSize), [self](error_code why, std::size_t size) {
      if (why || self->closed_) return self->close();
      self->buffer_.commit(size);
      self->read_request();
    });
  }

  void read_request() {
    touch();
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(shared_.limits.header_bytes));
    parser_->body_limit(shared_.limits.body_bytes);
    tcp().expires_after(shared_.limits.request_timeout);
    auto self = this->shared_from_this();
    bhttp::async_read(stream_, buffer_, *parser_, [self](error_code why, std::size_t) {
      if (self->closed_) return;
      if (why == bhttp::error::end_of_stream || why == beast::error::timeout) return self->close();
      if (why) return self->refuse(why);
      self->answer();
    });
  }

  void refuse(const error_code& why) {
    if (why.category() != bhttp::make_error_code(bhttp::error::bad_method).category())
      return close();  // the connection failed, not the request
    write(parse_failure(why), 11, false, false);
  }

  void answer() {
    auto const& parsed = parser_->get();
    Response response;
    try {
      response = shared_.handler(take_request(parsed));
    } catch (const std::exception& failure) {
      os::log::error("HTTP handler failed why=\"{}\"", failure.what());
      response = json_error(500, "internal error");
    }
    bool const head = parsed.method() == bhttp::verb::head;
    if (response.more && !head && parsed.version() < 11)
      response = json_error(505, "this answer has no end, which HTTP/1.0 cannot say");
    if (response.more && !head) return begin_stream(std::move(response));
    write(std::move(response), parsed.version(), parsed.keep_alive(), head);
  }

  void write(Response response, unsigned version, bool keep_alive, bool head) {
    touch();
    message_.emplace(static_cast<bhttp::status>(response.status), version);
    message_->set(bhttp::field::content_type, response.content_type);
    message_->set(bhttp::field::cache_control, "no-store");
    message_->set("X-Content-Type-Options", "nosniff");
    for (auto const& [name, value] : response.headers) message_->set(name, value);
    message_->keep_alive(keep_alive);
    message_->body() = std::move(response.body);
    message_->prepare_payload();
    serializer_.emplace(*message_);
    serializer_->split(head);
    tcp().expires_after(shared_.limits.write_timeout);
    auto self = this->shared_from_this();
    auto const done = [self, keep_alive](error_code why, std::size_t) {
      if (why || self->closed_) return self->close();
      keep_alive ? self->next_request() : self->finish();
    };
    if (head) {
      bhttp::async_write_header(stream_, *serializer_, done);
    } else {
      bhttp::async_write(stream_, *serializer_, done);
    }
  }

  void begin_stream(Response response) {
    more_ = std::move(response.more);
    chunk_ = "HTTP/1.1 200 OK\r\nContent-Type: " + response.content_type +
             "\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff"
             "\r\nTransfer-Encoding: chunked\r\n\r\n";
    write_stream(asio::buffer(chunk_));
  }

  // One piece at a time: a client that does not take it is asked nothing more of, and closed at the
  // write's deadline.
  template <typename Buffers>
  void write_stream(Buffers buffers) {
    touch();
    tcp().expires_after(shared_.limits.write_timeout);
    auto self = this->shared_from_this();
    asio::async_write(stream_, buffers, [self](error_code why, std::size_t) {
      if (why || self->closed_) return self->close();
      self->tcp().expires_never();
      self->wait_for_more();
    });
  }

  void wait_for_more() {
    pause_.emplace(stream_.get_executor());
    pause_->expires_after(kAskMore);
    auto self = this->shared_from_this();
    pause_->async_wait([self](error_code why) {
      if (why || self->closed_) return self->close();
      self->chunk_ = self->more_();
      if (self->chunk_.empty()) return self->wait_for_more();
      self->write_stream(bhttp::make_chunk(asio::buffer(self->chunk_)));
    });
  }

  void next_request() {
    touch();
    tcp().expires_after(shared_.limits.idle_timeout);
    wait_for_bytes();
  }

  // Within the write's deadline: a client of TLS is told that nothing was cut off.
  void finish() {
    if constexpr (kTls) {
      auto self = this->shared_from_this();
      stream_.async_shutdown([self](error_code) { self->close(); });
    } else {
      close();
    }
  }

  Stream stream_;
  Shared& shared_;
  Connections::iterator place_;
  bool closed_ = false;
  beast::flat_buffer buffer_{32 * 1024};
  std::optional<bhttp::request_parser<bhttp::string_body>> parser_;
  std::optional<bhttp::response<bhttp::string_body>> message_;
  std::optional<bhttp::response_serializer<bhttp::string_body>> serializer_;
  // Of an answer without end.
  std::function<std::string()> more_;
  std::string chunk_;
  std::optional<asio::steady_timer> pause_;
};

}  // namespace aegis::http
