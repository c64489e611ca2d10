#include "draw_network.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <iterator>
#include <map>
#include <vector>

#include "common.h"
#include "model_options.h"

namespace voizk::cli {
namespace {

// In pixels.
constexpr double kBoxWidth = 360, kBoxHeight = 54, kAcross = 390, kDown = 84, kMargin = 20;

struct Box {
  const Model::Row* row = nullptr;
  std::vector<size_t> inputs;  // boxes
  size_t layer = 0;
  double x = 0, y = 0;  // of the upper left corner
};

// What XML gives a meaning; control characters are gone (Printable).
std::string EscapedName(const std::string& text) {
  std::string out;
  for (const char c : Printable(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '\'':
        out += "&#39;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

// Every node one layer below the lowest that it reads; inputs on top.
std::vector<Box> Layered(const Model& model) {
  std::vector<Box> boxes;
  std::map<std::string, size_t> by_name;
  for (const Model::Row& row : model.rows()) {
    if (row.shape.empty()) continue;  // the tables
    Box box;
    box.row = &row;
    for (const std::string& input : row.inputs) {
      const auto found = by_name.find(input);
      if (found == by_name.end()) continue;
      box.inputs.push_back(found->second);
      box.layer = std::max(box.layer, boxes[found->second].layer + 1);
    }
    by_name.emplace(row.node, boxes.size());
    boxes.push_back(std::move(box));
  }
  return boxes;
}

// Side by side in the order of the nodes, each layer in the middle.  The width of all.
double Place(std::vector<Box>* boxes) {
  std::map<size_t, std::vector<Box*>> layers;
  size_t widest = 1;
  for (Box& box : *boxes) {
    auto& layer = layers[box.layer];
    layer.push_back(&box);
    widest = std::max(widest, layer.size());
  }
  const double width = static_cast<double>(widest) * kAcross;
  for (auto& [number, layer] : layers) {
    const double left = (width - static_cast<double>(layer.size()) * kAcross) / 2;
    for (size_t i = 0; i < layer.size(); ++i) {
      layer[i]->x = kMargin + left + static_cast<double>(i) * kAcross;
      layer[i]->y = kMargin + static_cast<double>(number) * kDown;
    }
  }
  return width;
}

void DrawLine(const Box& from, const Box& to, std::string* svg) {
  const double x0 = from.x + kBoxWidth / 2, y0 = from.y + kBoxHeight;
  const double x1 = to.x + kBoxWidth / 2, y1 = to.y;
  // Past the boxes of the layers between.
  const double aside = to.layer > from.layer + 1 ? kBoxWidth / 2 + 40 : 0;
  fmt::format_to(std::back_inserter(*svg),
                 "<path d='M{:.0f} {:.0f}C{:.0f} {:.0f} {:.0f} {:.0f} {:.0f} {:.0f}'/>\n", x0, y0,
                 x0 + aside, y0 + 24, x1 + aside, y1 - 24, x1, y1);
}

void DrawBox(const Box& box, std::string* svg) {
  const Model::Row& row = *box.row;
  const std::vector<int64_t> shape(row.shape.begin(), row.shape.end());
  const auto most = static_cast<uint64_t>(std::max<int64_t>(row.hi, -1 - row.lo));
  const auto bits = static_cast<int>(std::bit_width(most)) + (row.lo < 0 ? 1 : 0);
  const char* const fill = row.op == "input" ? "#dceaf7"
                           : row.cells == 0  ? "#f4f4f4"
                           : row.lookups > 0 ? "#fbe3cc"
                                             : "#e4f1dc";
  fmt::format_to(std::back_inserter(*svg),
                 "<rect x='{0:.0f}' y='{1:.0f}' width='{2}' height='{3}' rx='6' fill='{4}'/>\n"
                 "<text x='{5:.0f}' y='{6:.0f}'><tspan font-weight='bold'>{7}</tspan> {8}</text>\n",
                 box.x, box.y, kBoxWidth, kBoxHeight, fill, box.x + 8, box.y + 17,
                 EscapedName(row.op), EscapedName(Tail(row.node)));
  fmt::format_to(std::back_inserter(*svg), "<text x='{:.0f}' y='{:.0f}'>{}, {} bits</text>\n",
                 box.x + 8, box.y + 32, DimsText(shape), bits);
  fmt::format_to(std::back_inserter(*svg),
                 "<text x='{:.0f}' y='{:.0f}'>{} cells, {} lookups</text>\n", box.x + 8, box.y + 47,
                 row.cells, row.lookups);
}

}  // namespace

std::string DrawNetworkSvg(const Model& model) {
  std::vector<Box> boxes = Layered(model);
  const double width = Place(&boxes) + 2 * kMargin + kBoxWidth / 2 + 40;
  double height = 2 * kMargin;
  for (const Box& box : boxes) height = std::max(height, box.y + kBoxHeight + kMargin);
  std::string svg = fmt::format(
      "<svg xmlns='http://www.w3.org/2000/svg' width='{0:.0f}' height='{1:.0f}' viewBox='0 0 "
      "{0:.0f} {1:.0f}' font-family='sans-serif' font-size='11'>\n<g fill='none' "
      "stroke='#888'>\n",
      width, height);
  for (const Box& box : boxes) {
    for (const size_t input : box.inputs) DrawLine(boxes[input], box, &svg);
  }
  svg += "</g>\n<g stroke='none'>\n";
  for (const Box& box : boxes) DrawBox(box, &svg);
  svg += "</g>\n</svg>\n";
  return svg;
}

}  // namespace voizk::cli
