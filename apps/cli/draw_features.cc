#include "draw_features.h"

#include <fmt/format.h>
#include <png.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <vector>

namespace voizk::cli {
namespace {

constexpr double kLeft = 60;     // pixels left of the time axis
constexpr double kWidth = 1100;  // pixels of the time axis
constexpr double kWaveTop = 30;  // top of the waveform
constexpr double kWaveHeight = 140;
constexpr double kMaskTop = 180;
constexpr double kMaskHeight = 18;
constexpr double kMelTop = 210;
constexpr double kMelHeight = 256;
constexpr double kWordsTop = 480;
constexpr double kHeight = 560;

// Dark blue through green to yellow; monotone in lightness, so that it reads in grey too.
std::array<uint8_t, 3> HeatColour(double x) {
  static constexpr std::array<std::array<double, 3>, 5> kStops{
      {{68, 1, 84}, {59, 82, 139}, {33, 145, 140}, {94, 201, 98}, {253, 231, 37}}};
  const double at = std::clamp(x, 0.0, 1.0) * (kStops.size() - 1);
  const size_t i = std::min(static_cast<size_t>(at), kStops.size() - 2);
  const double f = at - static_cast<double>(i);
  std::array<uint8_t, 3> rgb{};
  for (size_t c = 0; c < 3; ++c) {
    rgb[c] = static_cast<uint8_t>(std::lround(kStops[i][c] * (1 - f) + kStops[i + 1][c] * f));
  }
  return rgb;
}

Result<std::string> LogMelPngBase64(const FeatureView& view) {
  const uint32_t width = view.bucket;
  const uint32_t height = view.bands;
  if (width == 0 || height == 0 || view.log_mel.size() != size_t{width} * height) {
    return Error{ErrorCode::kInvalidArgument, "no log-mel image to draw"};
  }
  const auto [lo, hi] = std::minmax_element(view.log_mel.begin(), view.log_mel.end());
  const double scale = *hi > *lo ? 1.0 / (*hi - *lo) : 0.0;
  std::vector<uint8_t> rgb(size_t{3} * width * height);
  for (uint32_t t = 0; t < width; ++t) {
    for (uint32_t m = 0; m < height; ++m) {  // low frequencies at the bottom
      const auto colour = HeatColour((view.log_mel[size_t{t} * height + m] - *lo) * scale);
      std::copy(colour.begin(), colour.end(),
                rgb.begin() + static_cast<ptrdiff_t>(3 * (size_t{height - 1 - m} * width + t)));
    }
  }
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = width;
  image.height = height;
  image.format = PNG_FORMAT_RGB;
  png_alloc_size_t bytes = 0;
  if (png_image_write_get_memory_size(image, bytes, 0, rgb.data(), 0, nullptr) == 0) {
    return Error{ErrorCode::kInternal, "PNG encoder failed"};
  }
  std::vector<uint8_t> png(bytes);
  if (png_image_write_to_memory(&image, png.data(), &bytes, 0, rgb.data(), 0, nullptr) == 0) {
    return Error{ErrorCode::kInternal, "PNG encoder failed"};
  }
  std::string text(sodium_base64_encoded_len(bytes, sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), png.data(), bytes, sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();  // the terminating zero
  return text;
}

// One vertical line per pixel from the least to the greatest sample below it.
void DrawWaveform(std::span<const int16_t> pcm, int rate_hz, double seconds, std::string* out) {
  const double middle = kWaveTop + kWaveHeight / 2;
  fmt::format_to(std::back_inserter(*out), "<path stroke='#1f4e79' fill='none' d='");
  for (int x = 0; x < static_cast<int>(kWidth); ++x) {
    const auto begin = static_cast<size_t>(x * seconds / kWidth * rate_hz);
    const auto end = static_cast<size_t>((x + 1) * seconds / kWidth * rate_hz);
    if (begin >= pcm.size() || end <= begin) break;
    const auto part = pcm.subspan(begin, std::min(end, pcm.size()) - begin);
    const auto [lo, hi] = std::minmax_element(part.begin(), part.end());
    fmt::format_to(std::back_inserter(*out), "M{:.1f} {:.1f}V{:.1f}", kLeft + x,
                   middle - *hi * kWaveHeight / 65536.0,
                   middle - *lo * kWaveHeight / 65536.0 + 0.5);
  }
  *out += "'/>\n";
}

void DrawMask(const FeatureView& view, std::string* out) {
  const double step = kWidth / view.bucket;
  for (uint32_t t = 0; t < view.bucket && t < view.voiced.size();) {
    uint32_t end = t + 1;
    while (end < view.bucket && view.voiced[end] == view.voiced[t]) ++end;
    if (view.voiced[t] != 0) {
      fmt::format_to(std::back_inserter(*out),
                     "<rect x='{:.1f}' y='{}' width='{:.1f}' height='{}' fill='#2e8b57'/>\n",
                     kLeft + t * step, kMaskTop, (end - t) * step, kMaskHeight);
    }
    t = end;
  }
}

void DrawWords(const FeatureView& view, std::string* out) {
  const double step = kWidth / view.bucket;
  for (const Word& word : view.words) {
    const double x = kLeft + word.begin_frame * step;
    const double width = (word.end_frame - word.begin_frame) * step;
    fmt::format_to(std::back_inserter(*out),
                   "<rect x='{:.1f}' y='{}' width='{:.1f}' height='26' fill='#eef' stroke='#99b'/>"
                   "<text x='{:.1f}' y='{}' text-anchor='middle'>{}</text>\n",
                   x, kWordsTop, width, x + width / 2, kWordsTop + 18, word.text);
  }
}

}  // namespace

Result<std::string> DrawFeaturesSvg(std::span<const int16_t> pcm, int rate_hz,
                                    const FeatureView& view) {
  if (view.bucket == 0 || rate_hz <= 0) {
    return Error{ErrorCode::kInvalidArgument, "nothing to draw"};
  }
  VOIZK_ASSIGN_OR_RETURN(const std::string image, LogMelPngBase64(view));
  const double seconds = view.bucket * view.frame_seconds;
  std::string svg = fmt::format(
      "<svg xmlns='http://www.w3.org/2000/svg' width='{0}' height='{1}' viewBox='0 0 {0} {1}' "
      "font-family='sans-serif' font-size='13'>\n<rect width='100%' height='100%' fill='white'/>\n",
      kLeft + kWidth + 20, kHeight);
  const auto label = [&svg](double y, const char* text) {
    fmt::format_to(std::back_inserter(svg), "<text x='4' y='{}'>{}</text>\n", y, text);
  };
  label(kWaveTop + kWaveHeight / 2, "PCM");
  label(kMaskTop + 14, "voiced");
  label(kMelTop + kMelHeight / 2, "log-mel");
  label(kWordsTop + 18, "words");
  DrawWaveform(pcm, rate_hz, seconds, &svg);
  DrawMask(view, &svg);
  fmt::format_to(std::back_inserter(svg),
                 "<image x='{}' y='{}' width='{}' height='{}' preserveAspectRatio='none' "
                 "style='image-rendering:pixelated' href='data:image/png;base64,{}'/>\n",
                 kLeft, kMelTop, kWidth, kMelHeight, image);
  DrawWords(view, &svg);
  for (int s = 0; s <= static_cast<int>(seconds); ++s) {
    const double x = kLeft + s / seconds * kWidth;
    fmt::format_to(std::back_inserter(svg),
                   "<path stroke='#888' d='M{0:.1f} 520v8'/><text x='{0:.1f}' y='544' "
                   "text-anchor='middle'>{1} s</text>\n",
                   x, s);
  }
  svg += "</svg>\n";
  return svg;
}

}  // namespace voizk::cli
