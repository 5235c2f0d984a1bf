#include "common/http/connection.hpp"

#include <algorithm>
#include <utility>

#include <boost/beast/http/error.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/verb.hpp>
#include <fmt/core.h>

#include "common/http/asio_endpoint.hpp"
#include "common/os/log.hpp"

namespace aegis::http {
namespace {

namespace bhttp = boost::beast::http;

constexpr std::size_t kReadSize = 2048;
constexpr Duration kAskMore = 100ms;

// Codes of Beast's parser into what the client is told.
Response parse_failure(const error_code& why) {
  if (why == bhttp::error::header_limit) return json_error(431, "the header is too large");
  if (why == bhttp::error::body_limit) return json_error(413, "the body is too large");
  return json_error(400, "not an HTTP request");
}

Request take_request(const bhttp::request<bhttp::string_body>& parsed, const Endpoint& from) {
  Request request;
  request.from = from;
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

std::string header_of(const Response& response, unsigned version) {
  auto const reason = bhttp::obsolete_reason(static_cast<bhttp::status>(response.status));
  std::string text = fmt::format(
      "HTTP/1.{} {} {}\r\nContent-Type: {}\r\nCache-Control: no-store\r\n"
      "X-Content-Type-Options: nosniff\r\n",
      version % 10, response.status, std::string_view(reason.data(), reason.size()),
      response.content_type);
  for (auto const& [name, value] : response.headers) text += fmt::format("{}: {}\r\n", name, value);
  return text;
}

}  // namespace

Connection::Connection(Shared& shared, std::unique_ptr<ByteStream> stream)
    : stream_(std::move(stream)), shared_(shared) {}

void Connection::start(Connections::iterator place) {
  place_ = place;
  stream_->tcp().expires_after(shared_.limits.request_timeout);
  stream_->open(unless_closed(&Connection::wait_for_bytes));
}

void Connection::close() {
  if (closed_) return;
  closed_ = true;
  error_code ignored;
  stream_->tcp().socket().shutdown(Tcp::socket::shutdown_both, ignored);
  stream_->tcp().close();
  if (pause_) pause_->cancel();
  shared_.by_use.erase(place_);
}

// An operation's end: the next step, or the connection's end.
ByteStream::Done Connection::unless_closed(void (Connection::*next)()) {
  return [self = shared_from_this(), next](error_code why, std::size_t) {
    if (why || self->closed_) return self->close();
    (self.get()->*next)();
  };
}

void Connection::touch() {
  shared_.by_use.splice(shared_.by_use.end(), shared_.by_use, place_);
}

// The first bytes of a request are read by themselves: before them the idle time runs, from them on
// the request's.
void Connection::wait_for_bytes() {
  if (buffer_.size() > 0) return read_request();
  stream_->read_some(buffer_.prepare(kReadSize),
                     [self = shared_from_this()](error_code why, std::size_t size) {
                       if (why || self->closed_) return self->close();
                       self->buffer_.commit(size);
                       self->read_request();
                     });
}

void Connection::read_request() {
  touch();
  parser_.emplace();
  parser_->eager(true);  // the body too
  parser_->header_limit(static_cast<std::uint32_t>(shared_.limits.header_bytes));
  parser_->body_limit(shared_.limits.body_bytes);
  stream_->tcp().expires_after(shared_.limits.request_timeout);
  parse();
}

void Connection::parse() {
  error_code why;
  buffer_.consume(parser_->put(buffer_.data(), why));
  if (why == bhttp::error::need_more) return read_more();
  if (why) return refuse(why);
  parser_->is_done() ? answer() : read_more();
}

void Connection::read_more() {
  // What is not yet a line stays in the buffer, so a header without end must not fill it.
  if (buffer_.size() + kReadSize > buffer_.max_size()) return refuse(bhttp::error::header_limit);
  stream_->read_some(buffer_.prepare(kReadSize),
                     [self = shared_from_this()](error_code why, std::size_t size) {
                       if (self->closed_) return;
                       if (why == asio::error::eof) return self->end_of_bytes();
                       if (why) return self->close();
                       self->buffer_.commit(size);
                       self->parse();
                     });
}

void Connection::end_of_bytes() {
  error_code why;
  parser_->put_eof(why);
  why ? refuse(why) : close();
}

void Connection::refuse(const error_code& why) {
  write(parse_failure(why), 11, false, false);
}

void Connection::answer() {
  auto const& parsed = parser_->get();
  Response response;
  try {
    error_code gone;  // then the address is none, and the answer goes nowhere
    auto const from = from_asio(stream_->tcp().socket().remote_endpoint(gone));
    response = shared_.handler(take_request(parsed, from));
  } catch (const std::exception& failure) {
    os::log::error("HTTP handler failed why=\"{}\"", failure.what());
    response = json_error(500, "internal error");
  }
  bool const head = parsed.method() == bhttp::verb::head;
  if (response.more && !head && parsed.version() < 11)
    response = json_error(505, "this answer has no end, which HTTP/1.0 cannot say");
  if (response.more && !head) return begin_stream(response);
  write(response, parsed.version(), parsed.keep_alive(), head);
}

void Connection::write(const Response& response, unsigned version, bool keep_alive, bool head) {
  touch();
  keep_alive_ = keep_alive;
  out_ = header_of(response, version);
  out_ += fmt::format("Connection: {}\r\nContent-Length: {}\r\n\r\n",
                      keep_alive ? "keep-alive" : "close", response.body.size());
  if (!head) out_ += response.body;
  stream_->tcp().expires_after(shared_.limits.write_timeout);
  stream_->write(asio::buffer(out_), unless_closed(&Connection::written));
}

void Connection::written() {
  keep_alive_ ? next_request() : finish();
}

void Connection::begin_stream(const Response& response) {
  more_ = response.more;
  out_ = header_of(response, 11) + "Transfer-Encoding: chunked\r\n\r\n";
  write_stream();
}

// One piece at a time: a client that does not take it is asked nothing more of, and closed at the
// write's deadline.
void Connection::write_stream() {
  touch();
  stream_->tcp().expires_after(shared_.limits.write_timeout);
  stream_->write(asio::buffer(out_), unless_closed(&Connection::wait_for_more));
}

void Connection::wait_for_more() {
  stream_->tcp().expires_never();
  pause_.emplace(stream_->tcp().get_executor());
  pause_->expires_after(kAskMore);
  pause_->async_wait([self = shared_from_this()](error_code why) {
    if (why || self->closed_) return self->close();
    self->ask_for_more();
  });
}

void Connection::ask_for_more() {
  auto const more = more_();
  if (!more) return end_stream();
  if (more->empty()) return wait_for_more();
  out_ = fmt::format("{:x}\r\n{}\r\n", more->size(), *more);
  write_stream();
}

void Connection::end_stream() {
  out_ = "0\r\n\r\n";
  stream_->tcp().expires_after(shared_.limits.write_timeout);
  stream_->write(asio::buffer(out_), unless_closed(&Connection::finish));
}

void Connection::next_request() {
  touch();
  stream_->tcp().expires_after(shared_.limits.idle_timeout);
  wait_for_bytes();
}

// Within the write's deadline.
void Connection::finish() {
  stream_->finish([self = shared_from_this()](error_code, std::size_t) { self->close(); });
}

}  // namespace aegis::http
