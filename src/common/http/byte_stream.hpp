// A client's connection as bytes, over TCP or TLS: one type, so that the protocol above is compiled
// once, and the costly templates of either below in a file of their own.
#pragma once

#include <functional>
#include <memory>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/tcp_stream.hpp>

namespace boost::asio::ssl {
class context;
}

namespace aegis::http {

namespace asio = boost::asio;
using boost::system::error_code;
using Tcp = asio::ip::tcp;

// One operation of each kind at a time; buffers stay the caller's until it is told.
class ByteStream {
 public:
  using Done = std::function<void(error_code, std::size_t)>;

  virtual ~ByteStream() = default;
  // Makes the stream ready for bytes.
  virtual void open(Done done) = 0;
  virtual void read_some(asio::mutable_buffer into, Done done) = 0;
  // All of it, or an error.
  virtual void write(asio::const_buffer bytes, Done done) = 0;
  // Tells the client that nothing more comes and that nothing was cut off.
  virtual void finish(Done done) = 0;
  // For deadlines, and to close it.
  virtual boost::beast::tcp_stream& tcp() = 0;
};

std::unique_ptr<ByteStream> plain_stream(Tcp::socket socket);
std::unique_ptr<ByteStream> tls_stream(Tcp::socket socket, asio::ssl::context& with);

}  // namespace aegis::http
