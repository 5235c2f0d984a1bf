// Files that hold secrets: read only when nobody else can have read or written them, and replaced
// so that a crash leaves the old content or the new, never a mixture.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include <sys/types.h>

#include "common/base/result.hpp"
#include "common/crypto/secret.hpp"

namespace aegis::config {

// What a private file must look like before a byte of it is believed.
struct PrivateFileRules {
  std::string_view noun;      // what an error calls it: "state file"
  std::size_t max_bytes = 0;  // a longer file is refused unread
  bool exactly_0600 = false;  // else: no right for group or others
  bool follow_links = false;  // a symbolic link is judged by what it points to
};

// The whole file; nothing when it does not exist. kConfiguration when the rules are broken, with
// the command that mends it. The checks are made on the descriptor that is read, so they cannot be
// raced.
Result<std::optional<crypto::Secret>> read_private_file(const std::filesystem::path& file,
                                                        const PrivateFileRules& rules);

// Puts `content` in place of `file`: a new file created 0600, fsync, rename, fsync of the
// directory. The caller holds the lock of `file`, so the new file's name is fixed and one that a
// crash left behind is taken away.
Status replace_private_file(const std::filesystem::path& file, std::string_view content,
                            std::string_view noun);

// The same for a file that the user named and nobody locks: the new file's name is drawn, so that
// it is none that somebody has beside it.
Status put_private_file(const std::filesystem::path& file, std::string_view content,
                        std::string_view noun);

// Makes `directory` and what is missing above it, 0700.
Status make_private_directory(const std::filesystem::path& directory, std::string_view noun);

// The system call behind `doing` failed for `file` with errno `code`: in words, and with how to
// make room, or to find a place that can be written.
Error not_writable(std::string_view noun, const std::filesystem::path& file, std::string_view doing,
                   int code);

// `path` as it can be pasted into a shell.
std::string quoted(const std::filesystem::path& path);

}  // namespace aegis::config
