#include "network/onnx/case_files.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>

namespace voizk {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// The script and this program are of one tree, so the files are trusted.
std::vector<FloatTensor> ReadTensors(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::vector<FloatTensor> tensors;
  const auto number = [&in] {
    int64_t v = 0;
    in.read(reinterpret_cast<char*>(&v), sizeof v);
    return v;
  };
  while (in.peek() != std::ifstream::traits_type::eof()) {
    const int64_t type = number();
    Dims dims(static_cast<size_t>(number()));
    int64_t count = 1;
    for (int64_t& dim : dims) count *= dim = number();
    const auto fill = [&](auto values) {
      values.resize(static_cast<size_t>(count));
      in.read(reinterpret_cast<char*>(values.data()),
              static_cast<std::streamsize>(values.size() * sizeof values[0]));
      tensors.emplace_back(dims, std::move(values));
    };
    if (type == 0) fill(std::vector<float>());
    if (type == 1) fill(std::vector<int64_t>());
    if (type == 2) fill(std::vector<uint8_t>());
  }
  return tensors;
}

}  // namespace

std::vector<OnnxCase> LoadCases() {
  std::vector<OnnxCase> cases;
  if (!std::filesystem::exists(VOIZK_ONNX_CASES)) return cases;
  for (const auto& entry : std::filesystem::directory_iterator(VOIZK_ONNX_CASES)) {
    if (!entry.is_directory()) continue;
    const std::string folder = entry.path().string();
    cases.push_back({entry.path().filename().string(), folder + "/model.onnx",
                     ReadTensors(folder + "/inputs.bin"), ReadTensors(folder + "/outputs.bin")});
  }
  std::ranges::sort(cases, {}, &OnnxCase::name);
  return cases;
}

double Difference(const FloatTensor& ours, const FloatTensor& reference) {
  if (ours.type() != reference.type() || ours.dims() != reference.dims()) return kInfinity;
  if (ours.is_int()) return ours.ints() == reference.ints() ? 0 : kInfinity;
  if (ours.is_bool()) return ours.bools() == reference.bools() ? 0 : kInfinity;
  double scale = 1;
  double worst = 0;
  for (size_t i = 0; i < ours.size(); ++i) {
    const auto a = static_cast<double>(ours.floats()[i]);
    const auto b = static_cast<double>(reference.floats()[i]);
    if (std::isnan(a) && std::isnan(b)) continue;
    if (a == b) continue;
    if (!std::isfinite(a) || !std::isfinite(b)) return kInfinity;
    scale = std::max(scale, std::fabs(b));
    worst = std::max(worst, std::fabs(a - b));
  }
  return worst / scale;
}

}  // namespace voizk
