#include "model_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

namespace voizk::cli {
namespace {

constexpr size_t kMaxModelBytes = size_t{1} << 31;

nlohmann::ordered_json Json(const Model::Tensor& tensor) {
  return {{"name", tensor.name},
          {"dims", tensor.dims},
          {"step", tensor.step},
          {"min", tensor.lo},
          {"max", tensor.hi}};
}

/// "NAME=VALUE" apart.
Result<std::pair<std::string, std::string>> Assignment(const std::string& text,
                                                       const char* option) {
  const size_t at = text.rfind('=');
  if (at == std::string::npos || at == 0 || at + 1 == text.size()) {
    return {ErrorCode::kInvalidArgument, fmt::format("{} {}: NAME=VALUE", option, text)};
  }
  return std::pair(text.substr(0, at), text.substr(at + 1));
}

Result<std::vector<int64_t>> ParseDims(const std::string& text) {
  std::vector<int64_t> dims;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find('x', begin), text.size());
    const std::string number = text.substr(begin, end - begin);
    if (number.empty() || number.size() > 9 ||
        number.find_first_not_of("0123456789") != std::string::npos || std::stoll(number) == 0) {
      return {ErrorCode::kInvalidArgument,
              fmt::format("--input: dims are written 1x80x300, not '{}'", text)};
    }
    dims.push_back(std::stoll(number));
    begin = end + 1;
  }
  return dims;
}

/// The rows as text and as JSON, with their sums.
struct Table {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  std::string text;
  uint64_t cells = 0, lookups = 0, products = 0, weights = 0;
};

Table TableOf(const Model& model) {
  Table table;
  table.text = fmt::format("{:<40} {:<18} {:<16} {:>10} {:>10} {:>10} {:>10}\n", "node",
                           "operation", "shape", "cells", "lookups", "products", "weights");
  for (const Model::Row& row : model.rows()) {
    table.rows.push_back({{"node", row.node},
                          {"op", row.op},
                          {"shape", row.shape},
                          {"min", row.lo},
                          {"max", row.hi},
                          {"cells", row.cells},
                          {"lookups", row.lookups},
                          {"products", row.products},
                          {"weights", row.weights}});
    const std::vector<int64_t> shape(row.shape.begin(), row.shape.end());
    table.text +=
        fmt::format("{:<40} {:<18} {:<16} {:>10} {:>10} {:>10} {:>10}\n", Tail(row.node), row.op,
                    DimsText(shape), row.cells, row.lookups, row.products, row.weights);
    table.cells += row.cells;
    table.lookups += row.lookups;
    table.products += row.products;
    table.weights += row.weights;
  }
  table.text += fmt::format("{:<76} {:>10} {:>10} {:>10} {:>10}", "all", table.cells, table.lookups,
                            table.products, table.weights);
  return table;
}

}  // namespace

Result<SecureVector<uint8_t>> ReadModelBytes(const std::string& path) {
  return ReadSecretFile(path, kMaxModelBytes);
}

Result<Model> ReadModelFile(const std::string& path) {
  VOIZK_ASSIGN_OR_RETURN(const auto bytes, ReadModelBytes(path));
  return Naming(path, Model::Read(bytes));
}

void DescribeModel(const Context& context, const Model& model, const std::string& path,
                   nlohmann::ordered_json json, std::string text) {
  nlohmann::ordered_json inputs = nlohmann::ordered_json::array();
  text += fmt::format("{}  {}\n", path, Hex(model.digest()));
  for (const Model::Tensor& input : model.inputs()) {
    inputs.push_back(Json(input));
    text += fmt::format("input   {:<24} {:<16} step {:.6g}, integers {}..{}\n", Tail(input.name),
                        DimsText(input.dims), input.step, input.lo, input.hi);
  }
  const Model::Tensor& output = model.output();
  text += fmt::format("output  {:<24} {:<16} step {:.6g}\n\n", Tail(output.name),
                      DimsText(output.dims), output.step);
  Table table = TableOf(model);
  json["model"] = path;
  json["digest"] = Hex(model.digest());
  json["inputs"] = std::move(inputs);
  json["output"] = Json(output);
  json["nodes"] = std::move(table.rows);
  json["cells"] = table.cells;
  json["lookups"] = table.lookups;
  json["products"] = table.products;
  json["weights"] = table.weights;
  const Model::Estimate estimate = model.EstimateProof(context.Threads());
  json["estimated_seconds"] = estimate.seconds;
  json["estimated_memory_bytes"] = estimate.bytes;
  table.text += fmt::format("\na proof, by estimate: {:.2g} s on {} threads, {} of memory",
                            estimate.seconds, context.Threads(), HumanBytes(estimate.bytes));
  PrintBeside(context, path, json, text + table.text);
}

Result<FloatNetwork::Options> ParseImportOptions(const std::vector<std::string>& dims,
                                                 const std::vector<std::string>& values) {
  FloatNetwork::Options import;
  for (const std::string& text : dims) {
    VOIZK_ASSIGN_OR_RETURN(const auto pair, Assignment(text, "--input"));
    VOIZK_ASSIGN_OR_RETURN(auto parsed, ParseDims(pair.second));
    if (!import.dims.emplace(pair.first, std::move(parsed)).second) {
      return {ErrorCode::kInvalidArgument, "--input: '" + pair.first + "' is given twice"};
    }
  }
  for (const std::string& text : values) {
    VOIZK_ASSIGN_OR_RETURN(const auto pair, Assignment(text, "--value"));
    char* end = nullptr;
    const double value = std::strtod(pair.second.c_str(), &end);
    if (*end != '\0' || !std::isfinite(value)) {
      return {ErrorCode::kInvalidArgument, "--value " + text + ": no number"};
    }
    if (!import.values.emplace(pair.first, value).second) {
      return {ErrorCode::kInvalidArgument, "--value: '" + pair.first + "' is given twice"};
    }
  }
  return import;
}

std::string DimsText(std::span<const int64_t> dims) {
  std::string text;
  for (const int64_t d : dims) text += fmt::format("{}{}", text.empty() ? "" : "x", d);
  return text.empty() ? "1" : text;
}

std::string Tail(const std::string& name) {
  constexpr size_t kMost = 40;
  constexpr std::string_view kCut = "..";
  std::string tail = name;
  if (name.size() > kMost) {
    size_t begin = name.size() - kMost + kCut.size();
    while (begin < name.size() && (name[begin] & 0xC0) == 0x80) ++begin;  // within a character
    tail = std::string(kCut) + name.substr(begin);
  }
  return Printable(tail);
}

double SecondsSince(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace voizk::cli
