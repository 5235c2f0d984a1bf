// The certificate that the HTTP server shows, from files in PEM.
#pragma once

#include <filesystem>
#include <memory>

#include "common/base/result.hpp"

namespace boost::asio::ssl {
class context;
}

namespace aegis::http {

// TLS 1.2 or newer, with this chain and the key of its first certificate, which only its owner may
// read. kConfiguration when a file cannot be used, or when they do not belong together.
Result<std::shared_ptr<boost::asio::ssl::context>> server_tls(
    const std::filesystem::path& certificate, const std::filesystem::path& key);

}  // namespace aegis::http
