#include <utility>

#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/ssl.hpp>

#include "common/http/byte_stream.hpp"

namespace aegis::http {
namespace {

class TlsStream final : public ByteStream {
 public:
  TlsStream(Tcp::socket socket, asio::ssl::context& with) : stream_(std::move(socket), with) {}

  void open(Done done) override {
    stream_.async_handshake(asio::ssl::stream_base::server,
                            [done = std::move(done)](error_code why) { done(why, 0); });
  }
  void read_some(asio::mutable_buffer into, Done done) override {
    stream_.async_read_some(into, std::move(done));
  }
  void write(asio::const_buffer bytes, Done done) override {
    asio::async_write(stream_, bytes, std::move(done));
  }
  void finish(Done done) override {
    stream_.async_shutdown([done = std::move(done)](error_code why) { done(why, 0); });
  }
  boost::beast::tcp_stream& tcp() override { return stream_.next_layer(); }

 private:
  boost::beast::ssl_stream<boost::beast::tcp_stream> stream_;
};

}  // namespace

std::unique_ptr<ByteStream> tls_stream(Tcp::socket socket, asio::ssl::context& with) {
  return std::make_unique<TlsStream>(std::move(socket), with);
}

}  // namespace aegis::http
