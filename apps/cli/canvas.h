// Lines, boxes and words on a white sheet, as SVG or as PNG.
#ifndef VOIZK_CLI_CANVAS_H_
#define VOIZK_CLI_CANVAS_H_

#include <cstdint>
#include <memory>
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
  /// The file, once.  kInternal: the encoder failed.
  virtual Result<std::vector<uint8_t>> Finish() = 0;
};

std::unique_ptr<Canvas> MakeSvgCanvas(int width, int height);
/// Letters are capitals of 6 x 10 pixels; what is neither letter, digit nor one of %.-+, is a gap.
std::unique_ptr<Canvas> MakePngCanvas(int width, int height);

}  // namespace voizk::cli

#endif  // VOIZK_CLI_CANVAS_H_
