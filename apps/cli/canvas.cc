#include "canvas.h"

#include <fmt/format.h>
#include <png.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

namespace voizk::cli {
namespace {

/// Rows of three pixels from the top, the left one the highest bit, five rows to a letter.
struct Glyph {
  char letter;
  uint16_t rows;
};

constexpr std::array<Glyph, 41> kGlyphs{
    {{'0', 075557}, {'1', 026227}, {'2', 071747}, {'3', 071717}, {'4', 055711}, {'5', 074717},
     {'6', 074757}, {'7', 071122}, {'8', 075757}, {'9', 075717}, {'A', 025755}, {'B', 065656},
     {'C', 034443}, {'D', 065556}, {'E', 074647}, {'F', 074644}, {'G', 034553}, {'H', 055755},
     {'I', 072227}, {'J', 011152}, {'K', 055655}, {'L', 044447}, {'M', 057755}, {'N', 065555},
     {'O', 025552}, {'P', 065644}, {'Q', 025563}, {'R', 065655}, {'S', 034216}, {'T', 072222},
     {'U', 055557}, {'V', 055552}, {'W', 055775}, {'X', 055255}, {'Y', 055222}, {'Z', 071247},
     {'%', 051245}, {'.', 000002}, {'-', 000700}, {'+', 002720}, {',', 000024}}};

constexpr int kPixel = 2;            // of a glyph, in pixels of the sheet
constexpr int kStride = 4 * kPixel;  // from letter to letter

uint16_t RowsOf(char c) {
  const char letter = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  const auto found = std::ranges::find(kGlyphs, letter, &Glyph::letter);
  return found == kGlyphs.end() ? uint16_t{0} : found->rows;
}

std::string Escaped(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '<' || c == '>' || c == '&' || c == '\'' || byte < 0x20 || byte > 0x7E) {
      safe += c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : "?";
    } else {
      safe += c;
    }
  }
  return safe;
}

class SvgCanvas final : public Canvas {
 public:
  SvgCanvas(int width, int height)
      : svg_(fmt::format("<svg xmlns='http://www.w3.org/2000/svg' width='{0}' height='{1}' "
                         "viewBox='0 0 {0} {1}' font-family='sans-serif' font-size='13'>\n"
                         "<rect width='100%' height='100%' fill='white'/>\n",
                         width, height)) {}

  void Path(Points points, Colour c) override {
    const auto out = std::back_inserter(svg_);
    fmt::format_to(out, "<path fill='none' stroke='#{:02x}{:02x}{:02x}' d='", c.r, c.g, c.b);
    for (size_t i = 0; i < points.size(); ++i) {
      fmt::format_to(out, "{}{:.1f} {:.1f}", i == 0 ? 'M' : 'L', points[i].first, points[i].second);
    }
    svg_ += "'/>\n";
  }

  void Box(double x, double y, double width, double height, Colour c) override {
    fmt::format_to(std::back_inserter(svg_),
                   "<rect x='{:.1f}' y='{:.1f}' width='{:.1f}' height='{:.1f}' "
                   "fill='#{:02x}{:02x}{:02x}' fill-opacity='0.6'/>\n",
                   x, y, width, height, c.r, c.g, c.b);
  }

  void Text(double x, double y, const std::string& text, Anchor anchor) override {
    constexpr std::array<const char*, 3> kAnchors{"start", "middle", "end"};
    fmt::format_to(std::back_inserter(svg_),
                   "<text x='{:.1f}' y='{:.1f}' text-anchor='{}'>{}</text>\n", x, y,
                   kAnchors[static_cast<size_t>(anchor)], Escaped(text));
  }

  Result<std::vector<uint8_t>> Finish() override {
    svg_ += "</svg>\n";
    return std::vector<uint8_t>(svg_.begin(), svg_.end());
  }

 private:
  std::string svg_;
};

class PngCanvas final : public Canvas {
 public:
  PngCanvas(int width, int height)
      : width_(width),
        height_(height),
        rgb_(size_t{3} * static_cast<size_t>(width) * static_cast<size_t>(height), 255) {}

  void Path(Points points, Colour colour) override {
    for (size_t i = 1; i < points.size(); ++i) {
      const auto [x0, y0] = points[i - 1];
      const auto [x1, y1] = points[i];
      const int steps = 1 + static_cast<int>(std::max(std::abs(x1 - x0), std::abs(y1 - y0)));
      for (int s = 0; s <= steps; ++s) {
        const double part = static_cast<double>(s) / steps;
        Set(static_cast<int>(std::lround(x0 + part * (x1 - x0))),
            static_cast<int>(std::lround(y0 + part * (y1 - y0))), colour);
      }
    }
  }

  void Box(double x, double y, double width, double height, Colour c) override {
    const auto right = static_cast<int>(std::lround(x + width));
    const auto bottom = static_cast<int>(std::lround(y + height));
    for (auto j = static_cast<int>(std::lround(y)); j < bottom; ++j) {
      for (auto i = static_cast<int>(std::lround(x)); i < right; ++i) {
        if (i < 0 || j < 0 || i >= width_ || j >= height_) continue;
        // 0.6 of the colour over what is there, as the SVG has it.
        const uint8_t* under = &rgb_[3 * (static_cast<size_t>(j) * static_cast<size_t>(width_) +
                                          static_cast<size_t>(i))];
        const auto mix = [](int over, int below) {
          return static_cast<uint8_t>((3 * over + 2 * below) / 5);
        };
        Set(i, j, {mix(c.r, under[0]), mix(c.g, under[1]), mix(c.b, under[2])});
      }
    }
  }

  void Text(double x, double y, const std::string& text, Anchor anchor) override {
    const int width = kStride * static_cast<int>(text.size());
    int left = static_cast<int>(std::lround(x));
    if (anchor != Anchor::kLeft) left -= anchor == Anchor::kMiddle ? width / 2 : width;
    const int top = static_cast<int>(std::lround(y)) - 5 * kPixel;
    for (const char c : text) {
      const uint16_t rows = RowsOf(c);
      for (int bit = 0; bit < 15; ++bit) {
        if ((rows >> (14 - bit) & 1) == 0) continue;
        for (int p = 0; p < kPixel * kPixel; ++p) {
          Set(left + kPixel * (bit % 3) + p % kPixel, top + kPixel * (bit / 3) + p / kPixel,
              {40, 40, 40});
        }
      }
      left += kStride;
    }
  }

  Result<std::vector<uint8_t>> Finish() override {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.width = static_cast<png_uint_32>(width_);
    image.height = static_cast<png_uint_32>(height_);
    image.format = PNG_FORMAT_RGB;
    png_alloc_size_t bytes = 0;
    if (png_image_write_get_memory_size(image, bytes, 0, rgb_.data(), 0, nullptr) == 0) {
      return Error{ErrorCode::kInternal, "PNG encoder failed"};
    }
    std::vector<uint8_t> png(bytes);
    if (png_image_write_to_memory(&image, png.data(), &bytes, 0, rgb_.data(), 0, nullptr) == 0) {
      return Error{ErrorCode::kInternal, "PNG encoder failed"};
    }
    png.resize(bytes);
    return png;
  }

 private:
  void Set(int x, int y, Colour c) {
    if (x < 0 || y < 0 || x >= width_ || y >= height_) return;
    const size_t at =
        3 * (static_cast<size_t>(y) * static_cast<size_t>(width_) + static_cast<size_t>(x));
    rgb_[at] = c.r;
    rgb_[at + 1] = c.g;
    rgb_[at + 2] = c.b;
  }

  int width_, height_;
  std::vector<uint8_t> rgb_;
};

}  // namespace

std::unique_ptr<Canvas> MakeSvgCanvas(int width, int height) {
  return std::make_unique<SvgCanvas>(width, height);
}

std::unique_ptr<Canvas> MakePngCanvas(int width, int height) {
  return std::make_unique<PngCanvas>(width, height);
}

}  // namespace voizk::cli
