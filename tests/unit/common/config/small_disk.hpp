// A file system of 64 pages that only the test sees.
#pragma once

#include <cerrno>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include "common/os/fd.hpp"
#include "support/temp_dir.hpp"

namespace aegis::test {

class SmallDisk {
 public:
  // Runs `work` on a thread with mounts of its own, which go with it; says so when it cannot.
  static void within(const std::function<void(const SmallDisk&)>& work) {
    TempDir const scratch;
    SmallDisk const disk(scratch.path());
    std::exception_ptr failure;
    bool mounted = false;
    std::thread([&] {
      try {
        mounted = disk.mount_here();
        if (mounted) work(disk);
      } catch (...) {
        failure = std::current_exception();
      }
    }).join();
    if (failure) std::rethrow_exception(failure);
    if (!mounted) WARN("skipped: nothing can be mounted here");
  }

  const std::filesystem::path& path() const { return path_; }

  void fill() const {
    os::Fd const filler(::open(filler_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    std::string const page(kPage, 'x');
    while (::write(filler.get(), page.data(), page.size()) > 0) continue;
  }
  // Gives back a page of what fill() has taken.
  void free_page() const {
    std::filesystem::resize_file(filler_, std::filesystem::file_size(filler_) - kPage);
  }
  void use_up_inodes() const {
    for (int i = 0; std::ofstream(path_ / std::to_string(i)).good(); ++i) continue;
  }
  void make_read_only() const {
    REQUIRE(::mount(nullptr, path_.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) == 0);
  }

 private:
  static constexpr std::size_t kPage = 4096;

  explicit SmallDisk(std::filesystem::path path)
      : path_(std::move(path)), filler_(path_ / "filler") {}

  bool mount_here() const {
    return ::unshare(CLONE_NEWNS) == 0 &&
           ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
           ::mount("none", path_.c_str(), "tmpfs", 0, "size=256k,nr_inodes=64") == 0;
  }

  std::filesystem::path path_, filler_;
};

}  // namespace aegis::test
