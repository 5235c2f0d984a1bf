// A raw picture in memory: 8-bit I420, owned, no padding between rows.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace aegis::agent::media {

// Size and rate of a picture sequence. Width and height are even.
struct VideoFormat {
  int width = 1280, height = 720;
  int fps_num = 30, fps_den = 1;
  int sar_num = 1, sar_den = 1;  // shape of one pixel
  friend bool operator==(const VideoFormat&, const VideoFormat&) = default;
};

class Picture {
 public:
  Picture() = default;
  Picture(int width, int height)
      : width_(width), height_(height), data_(luma_size() + 2 * chroma_size()) {}

  int width() const { return width_; }
  int height() const { return height_; }
  std::uint8_t* luma() { return data_.data(); }
  std::uint8_t* cb() { return data_.data() + luma_size(); }
  std::uint8_t* cr() { return data_.data() + luma_size() + chroma_size(); }
  const std::uint8_t* luma() const { return data_.data(); }
  const std::uint8_t* cb() const { return data_.data() + luma_size(); }
  const std::uint8_t* cr() const { return data_.data() + luma_size() + chroma_size(); }
  void blacken() {
    std::fill(data_.begin(), data_.end(), std::uint8_t{128});
    std::fill_n(data_.begin(), luma_size(), std::uint8_t{16});
  }
  std::size_t bytes() const { return data_.size(); }
  int luma_stride() const { return width_; }
  int chroma_stride() const { return width_ / 2; }

 private:
  std::size_t luma_size() const {
    return static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_);
  }
  std::size_t chroma_size() const { return luma_size() / 4; }

  int width_ = 0, height_ = 0;
  std::vector<std::uint8_t> data_;
};

}  // namespace aegis::agent::media
