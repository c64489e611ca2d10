// Lines, boxes and words on a white sheet, as SVG or as PNG.
#ifndef VOIZK_CLI_CANVAS_H_
#define VOIZK_CLI_CANVAS_H_

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "voizk/result.h"

namespace voizk::cli {

struct Colour {
  uint8_t r, g, b;
};

/// Coordinates in pixels from the upper left corner.
class Canvas {
 public:
  enum class Anchor { kLeft, kMiddle, kRight };
  using Points = std::span<const std::pair<double, double>>;

  virtual ~Canvas() = default;
  virtual void Path(Points points, Colour colour) = 0;
  virtual void Box(double x, double y, double width, double height, Colour colour) = 0;
  /// y: of the line that the letters stand on.
  virtual void Text(double x, double y, const std::string& text, Anchor anchor) = 0;
};

class SvgCanvas final : public Canvas {
 public:
  SvgCanvas(int width, int height);
  void Path(Points points, Colour colour) override;
  void Box(double x, double y, double width, double height, Colour colour) override;
  void Text(double x, double y, const std::string& text, Anchor anchor) override;
  std::string Finish() &&;

 private:
  std::string svg_;
};

/// Letters are capitals of 6 x 10 pixels; what is neither letter, digit nor one of %.-+, is a gap.
class PngCanvas final : public Canvas {
 public:
  PngCanvas(int width, int height);
  void Path(Points points, Colour colour) override;
  void Box(double x, double y, double width, double height, Colour colour) override;
  void Text(double x, double y, const std::string& text, Anchor anchor) override;
  /// kInternal: the encoder failed.
  Result<std::vector<uint8_t>> Finish() &&;

 private:
  void Set(int x, int y, Colour colour);
  int width_, height_;
  std::vector<uint8_t> rgb_;
};

}  // namespace voizk::cli

#endif  // VOIZK_CLI_CANVAS_H_
