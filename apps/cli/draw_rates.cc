#include "draw_rates.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "canvas.h"
#include "files.h"

namespace voizk::cli {
namespace draw_rates {
namespace {

constexpr int kWidth = 1080;
constexpr int kHeight = 520;
constexpr double kSide = 420;  // of each diagram, in pixels
constexpr double kTop = 40;
constexpr double kDetLeft = 80;
constexpr double kScoresLeft = 620;
constexpr double kLowest = 1e-4;  // of the DET's axes
constexpr double kHighest = 0.6;
constexpr size_t kBins = 60;
constexpr size_t kMostPoints = 2000;
constexpr Colour kGrey{210, 210, 210}, kBlack{60, 60, 60};
constexpr std::array<Colour, 4> kColours{
    {{31, 78, 121}, {192, 80, 20}, {46, 139, 87}, {120, 60, 150}}};
constexpr Colour kTarget{46, 139, 87}, kNontarget{192, 80, 20};

/// Place of a rate on an axis, in [0, 1].
double Place(double rate) {
  const double low = NormalDeviate(kLowest), high = NormalDeviate(kHighest);
  return (NormalDeviate(std::clamp(rate, kLowest, kHighest)) - low) / (high - low);
}

void DrawDet(const std::vector<PlottedSystem>& systems, Canvas* canvas) {
  const double bottom = kTop + kSide;
  for (const double tick : {0.0001, 0.001, 0.01, 0.05, 0.1, 0.2, 0.4, 0.6}) {
    const double at = kSide * Place(tick);
    const std::string text = fmt::format("{}%", 100 * tick);
    const std::array<std::pair<double, double>, 2> up{
        {{kDetLeft + at, kTop}, {kDetLeft + at, bottom}}};
    const std::array<std::pair<double, double>, 2> across{
        {{kDetLeft, bottom - at}, {kDetLeft + kSide, bottom - at}}};
    canvas->Path(up, kGrey);
    canvas->Path(across, kGrey);
    canvas->Text(kDetLeft + at, bottom + 20, text, Canvas::Anchor::kMiddle);
    canvas->Text(kDetLeft - 8, bottom - at + 5, text, Canvas::Anchor::kRight);
  }
  canvas->Text(kDetLeft + kSide / 2, bottom + 44, "FMR", Canvas::Anchor::kMiddle);
  canvas->Text(kDetLeft - 60, kTop - 14, "FNMR", Canvas::Anchor::kLeft);
  for (size_t i = 0; i < systems.size(); ++i) {
    const Colour colour = kColours[i % kColours.size()];
    const SortedTrials sorted(systems[i].trials, std::nullopt);
    const auto rates = sorted.Measure();
    std::vector<std::pair<double, double>> curve;
    for (const RocPoint& p : sorted.Roc(kMostPoints)) {
      curve.push_back({kDetLeft + kSide * Place(p.fmr), bottom - kSide * Place(p.fnmr)});
    }
    if (rates) canvas->Path(curve, colour);
    const double y = kTop + 20 + 18 * static_cast<double>(i);
    canvas->Box(kDetLeft + kSide - 230, y - 10, 12, 12, colour);
    canvas->Text(
        kDetLeft + kSide - 212, y,
        rates ? fmt::format("EER {:.2f}% {}", 100 * rates->front(), systems[i].title.substr(0, 14))
              : "no rates",
        Canvas::Anchor::kLeft);
  }
}

void DrawScores(std::span<const ScoredTrial> trials, std::optional<double> threshold,
                Canvas* canvas) {
  const double bottom = kTop + kSide;
  const std::array<std::pair<double, double>, 2> axis{
      {{kScoresLeft, bottom}, {kScoresLeft + kSide, bottom}}};
  canvas->Path(axis, kBlack);
  if (trials.empty()) return;
  const auto [low_at, high_at] = std::ranges::minmax_element(trials, {}, &ScoredTrial::score);
  const double low = low_at->score;
  const double range = std::max(high_at->score - low, 1e-9);
  std::array<std::array<double, kBins>, 2> share{};  // nontarget, target
  std::array<double, 2> all{};
  for (const ScoredTrial& t : trials) {
    const double place = (t.score - low) / range * static_cast<double>(kBins);
    share[t.target ? 1 : 0][std::min(static_cast<size_t>(place), kBins - 1)] += 1;
    all[t.target ? 1 : 0] += 1;
  }
  double most = 0;
  for (size_t kind = 0; kind < 2; ++kind) {
    for (double& bin : share[kind]) {
      bin /= std::max(all[kind], 1.0);
      most = std::max(most, bin);
    }
  }
  const double width = kSide / static_cast<double>(kBins);
  for (size_t kind = 0; kind < 2; ++kind) {
    for (size_t b = 0; b < kBins; ++b) {
      const double height = share[kind][b] / most * (kSide - 60);
      canvas->Box(kScoresLeft + width * static_cast<double>(b), bottom - height, width, height,
                  kind == 1 ? kTarget : kNontarget);
    }
  }
  if (threshold && *threshold >= low && *threshold <= low + range) {
    const double x = kScoresLeft + kSide * (*threshold - low) / range;
    const std::array<std::pair<double, double>, 2> line{{{x, kTop + 30}, {x, bottom}}};
    canvas->Path(line, kBlack);
    canvas->Text(x, kTop + 24, fmt::format("threshold {:.3f}", *threshold),
                 Canvas::Anchor::kMiddle);
  }
  for (int i = 0; i <= 4; ++i) {
    canvas->Text(kScoresLeft + kSide * i / 4, bottom + 20,
                 fmt::format("{:.2f}", low + range * i / 4), Canvas::Anchor::kMiddle);
  }
  canvas->Text(kScoresLeft + kSide / 2, bottom + 44, "score", Canvas::Anchor::kMiddle);
  canvas->Box(kScoresLeft, kTop - 22, 12, 12, kTarget);
  canvas->Text(kScoresLeft + 18, kTop - 12, "target", Canvas::Anchor::kLeft);
  canvas->Box(kScoresLeft + 90, kTop - 22, 12, 12, kNontarget);
  canvas->Text(kScoresLeft + 108, kTop - 12, "nontarget", Canvas::Anchor::kLeft);
}

}  // namespace
}  // namespace draw_rates

double NormalDeviate(double p) {
  double low = -10, high = 10;
  for (int step = 0; step < 40; ++step) {
    const double middle = (low + high) / 2;
    (std::erfc(-middle / std::sqrt(2.0)) / 2 < p ? low : high) = middle;
  }
  return (low + high) / 2;
}

Status CheckPlotName(const std::string& path) {
  if (path.ends_with(".svg") || path.ends_with(".png")) return {};
  return {ErrorCode::kInvalidArgument, path + ": a plot's name ends in .svg or .png"};
}

Status WritePlots(const std::vector<std::string>& paths, const std::vector<PlottedSystem>& systems,
                  std::optional<double> threshold) {
  if (systems.empty()) return {ErrorCode::kInvalidArgument, "nothing to draw"};
  for (const std::string& path : paths) {
    const bool svg = path.ends_with(".svg");
    const auto make = svg ? MakeSvgCanvas : MakePngCanvas;
    const auto canvas = make(draw_rates::kWidth, draw_rates::kHeight);
    draw_rates::DrawDet(systems, canvas.get());
    draw_rates::DrawScores(systems.front().trials, threshold, canvas.get());
    VOIZK_ASSIGN_OR_RETURN(const std::vector<uint8_t> picture, canvas->Finish());
    VOIZK_RETURN_IF_ERROR(WriteFile(path, picture));
  }
  return {};
}

}  // namespace voizk::cli
