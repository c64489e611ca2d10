// voizk model: networks of others, imported from ONNX, shown, run, proven and verified.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "common.h"
#include "interrupt.h"
#include "npy.h"
#include "voizk/import.h"
#include "voizk/model.h"

namespace voizk::cli {
namespace {

constexpr size_t kMaxModelBytes = size_t{1} << 31;
constexpr size_t kMaxArrayBytes = size_t{1} << 30;
constexpr size_t kMaxProofBytes = 64 << 20;
constexpr size_t kMaxSamples = 4096;
constexpr size_t kWindowsOfRecording = 16;

struct Options {
  std::string model;  // .onnx or .vzm
  std::string out;
  std::string proof;
  std::vector<std::string> inputs;  // name=dims (import) or name=file
  std::vector<std::string> values;  // name=number
  std::string output;               // which, of several
  std::vector<std::string> calibrate;
  std::string onnx;     // eval: compare with
  std::string context;  // text that a proof is bound to
  bool public_inputs = false;
  int bits = 8;
  int input_bits = 16;
  int rate_hz = 16000;
};

double Seconds(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

std::string Text(const std::vector<int64_t>& dims) {
  std::string text;
  for (const int64_t d : dims) text += fmt::format("{}{}", text.empty() ? "" : "x", d);
  return text.empty() ? "1" : text;
}
std::string Text(const std::vector<uint32_t>& dims) {
  return Text(std::vector<int64_t>(dims.begin(), dims.end()));
}

/// "name=value" apart.
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
  size_t begin = 0;
  while (begin <= text.size()) {
    const size_t end = std::min(text.find('x', begin), text.size());
    const std::string number = text.substr(begin, end - begin);
    if (number.empty() || number.size() > 9 ||
        number.find_first_not_of("0123456789") != std::string::npos) {
      return {ErrorCode::kInvalidArgument,
              "--input: dims are written 1x80x300, not '" + text + "'"};
    }
    dims.push_back(std::stoll(number));
    begin = end + 1;
  }
  return dims;
}

Result<FloatNetwork::Options> ImportOptions(const Options& options) {
  FloatNetwork::Options import;
  for (const std::string& text : options.inputs) {
    VOIZK_ASSIGN_OR_RETURN(const auto pair, Assignment(text, "--input"));
    VOIZK_ASSIGN_OR_RETURN(import.dims[pair.first], ParseDims(pair.second));
  }
  for (const std::string& text : options.values) {
    VOIZK_ASSIGN_OR_RETURN(const auto pair, Assignment(text, "--value"));
    char* end = nullptr;
    const double value = std::strtod(pair.second.c_str(), &end);
    if (*end != '\0' || !std::isfinite(value)) {
      return {ErrorCode::kInvalidArgument, "--value " + text + ": no number"};
    }
    import.values[pair.first] = value;
  }
  import.output = options.output;
  return import;
}

bool IsArray(const std::string& path) { return path.size() > 4 && path.ends_with(".npy"); }

/// Up to `most` windows of `size` values of a recording in [-1, 1], spread evenly over it; padded
/// with zeros at the end.
Result<std::vector<std::vector<float>>> ReadWindows(const std::string& path, uint64_t size,
                                                    int rate_hz, size_t most) {
  const double seconds = static_cast<double>(size) / rate_hz + 600;
  VOIZK_ASSIGN_OR_RETURN(const PcmBuffer pcm, LoadRecording(rate_hz, path, {}, seconds));
  const size_t count = std::clamp<size_t>(pcm.samples.size() / size, 1, most);
  const size_t room = pcm.samples.size() > size ? pcm.samples.size() - size : 0;
  std::vector<std::vector<float>> windows;
  for (size_t k = 0; k < count; ++k) {
    const size_t begin = count == 1 ? 0 : room * k / (count - 1);
    std::vector<float> values(size, 0);
    for (size_t i = 0; i < std::min<size_t>(size, pcm.samples.size() - begin); ++i) {
      values[i] = static_cast<float>(pcm.samples[begin + i]) / 32768.0F;
    }
    windows.push_back(std::move(values));
  }
  return windows;
}

/// The numbers in a file for an input of `size` values: an array, or the beginning of a recording.
Result<std::vector<float>> ReadValues(const std::string& path, uint64_t size, int rate_hz) {
  if (!IsArray(path)) {
    VOIZK_ASSIGN_OR_RETURN(auto windows, ReadWindows(path, size, rate_hz, 1));
    return std::move(windows[0]);
  }
  VOIZK_ASSIGN_OR_RETURN(const auto bytes, ReadFile(path, kMaxArrayBytes));
  VOIZK_ASSIGN_OR_RETURN(NpyArray array, Naming(path, ParseNpy(bytes)));
  if (array.values.size() != size) {
    return {ErrorCode::kInvalidArgument,
            fmt::format("{}: {} values, the input has {}", path, array.values.size(), size)};
  }
  return std::move(array.values);
}

/// Files of a folder, sorted, or the file itself.
Result<std::vector<std::string>> FilesOf(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) return std::vector<std::string>{path};
  std::vector<std::string> files;
  for (auto it = std::filesystem::directory_iterator(path, error);
       !error && it != std::filesystem::directory_iterator(); it.increment(error)) {
    if (it->is_regular_file(error)) files.push_back(it->path().string());
  }
  if (error) return {ErrorCode::kIo, path + ": " + error.message()};
  if (files.empty()) return {ErrorCode::kInvalidArgument, path + ": there are no files in it"};
  std::sort(files.begin(), files.end());
  if (files.size() > kMaxSamples) files.resize(kMaxSamples);
  return files;
}

/// Values to calibrate on.  --calibrate PATH for the only input, or NAME=PATH for each; inputs that
/// are not named are zeros.
Result<std::vector<FloatNetwork::Sample>> Samples(const Options& options,
                                                  const FloatNetwork& network) {
  const auto& inputs = network.inputs();
  std::vector<FloatNetwork::Sample> given(inputs.size());  // by input
  for (const std::string& text : options.calibrate) {
    size_t at = 0;
    std::string path = text;
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (!text.starts_with(inputs[i].name + "=")) continue;
      at = i;
      path = text.substr(inputs[i].name.size() + 1);
    }
    VOIZK_ASSIGN_OR_RETURN(const auto files, FilesOf(path));
    for (const std::string& file : files) {
      if (IsArray(file)) {
        VOIZK_ASSIGN_OR_RETURN(auto values, ReadValues(file, inputs[at].size(), options.rate_hz));
        given[at].push_back(std::move(values));
      } else {
        VOIZK_ASSIGN_OR_RETURN(auto windows, ReadWindows(file, inputs[at].size(), options.rate_hz,
                                                         kWindowsOfRecording));
        std::move(windows.begin(), windows.end(), std::back_inserter(given[at]));
      }
      if (given[at].size() >= kMaxSamples) break;
    }
  }
  size_t count = 0;
  for (const auto& list : given) count = std::max(count, list.size());
  if (count == 0) return {ErrorCode::kInvalidArgument, "--calibrate: nothing to calibrate on"};
  std::vector<FloatNetwork::Sample> samples(count);
  for (size_t k = 0; k < count; ++k) {
    for (size_t i = 0; i < inputs.size(); ++i) {
      samples[k].push_back(given[i].empty() ? std::vector<float>(inputs[i].size(), 0)
                                            : given[i][k % given[i].size()]);
    }
  }
  return samples;
}

nlohmann::ordered_json Json(const Model::Tensor& tensor) {
  return {{"name", tensor.name},
          {"dims", tensor.dims},
          {"step", tensor.step},
          {"min", tensor.lo},
          {"max", tensor.hi}};
}

/// The end of a long name, which tells more than its beginning.
std::string Tail(const std::string& name) {
  constexpr size_t kMost = 40;
  return name.size() <= kMost ? name : ".." + name.substr(name.size() - kMost + 2);
}

/// The table of a model.
int Describe(const Context& context, const Model& model, const std::string& path,
             nlohmann::ordered_json json, std::string text = {}) {
  nlohmann::ordered_json inputs = nlohmann::ordered_json::array(), rows = inputs;
  text += fmt::format("{}  {}\n", path, Hex(model.digest()));
  for (const auto& input : model.inputs()) {
    inputs.push_back(Json(input));
    text += fmt::format("input   {:<24} {:<16} step {:.6g}, integers {}..{}\n", input.name,
                        Text(input.dims), input.step, input.lo, input.hi);
  }
  const auto& output = model.output();
  text += fmt::format("output  {:<24} {:<16} step {:.6g}\n", output.name, Text(output.dims),
                      output.step);
  text += fmt::format("\n{:<40} {:<18} {:<16} {:>10} {:>10} {:>10} {:>10}\n", "node", "operation",
                      "shape", "cells", "lookups", "products", "weights");
  uint64_t cells = 0, lookups = 0, products = 0, weights = 0;
  for (const auto& row : model.rows()) {
    rows.push_back({{"node", row.node},
                    {"op", row.op},
                    {"shape", row.shape},
                    {"min", row.lo},
                    {"max", row.hi},
                    {"cells", row.cells},
                    {"lookups", row.lookups},
                    {"products", row.products},
                    {"weights", row.weights}});
    text += fmt::format("{:<40} {:<18} {:<16} {:>10} {:>10} {:>10} {:>10}\n", Tail(row.node),
                        row.op, Text(row.shape), row.cells, row.lookups, row.products, row.weights);
    cells += row.cells;
    lookups += row.lookups;
    products += row.products;
    weights += row.weights;
  }
  text +=
      fmt::format("{:<76} {:>10} {:>10} {:>10} {:>10}", "all", cells, lookups, products, weights);
  json["model"] = path;
  json["digest"] = Hex(model.digest());
  json["inputs"] = inputs;
  json["output"] = Json(output);
  json["nodes"] = rows;
  json["cells"] = cells;
  json["lookups"] = lookups;
  json["products"] = products;
  json["weights"] = weights;
  Print(context, json, text);
  return kExitOk;
}

Result<Model> ReadModelFile(const std::string& path) {
  VOIZK_ASSIGN_OR_RETURN(const auto bytes, ReadFile(path, kMaxModelBytes));
  return Naming(path, Model::Read(bytes));
}

int Import(const Options& options, const Context& context) {
  const auto begin = std::chrono::steady_clock::now();
  const Status files = CheckFiles(context, {.inputs = {options.model}, .outputs = {options.out}},
                                  /*object=*/true);
  if (!files.ok()) return ReportError(context, files.error());
  std::vector<FloatNetwork::LayerError> errors;
  const auto work = [&]() -> Result<Model> {
    VOIZK_ASSIGN_OR_RETURN(const auto import, ImportOptions(options));
    VOIZK_ASSIGN_OR_RETURN(const FloatNetwork network,
                           Naming(options.model, FloatNetwork::Read(options.model, import)));
    VOIZK_ASSIGN_OR_RETURN(const auto samples, Samples(options, network));
    FloatNetwork::Quantising quantising;
    quantising.bits = options.bits;
    quantising.input_bits = options.input_bits;
    quantising.threads = context.Threads();
    ProgressBar bar;
    if (ProgressShown(context)) {
      quantising.progress = [&](size_t done) {
        bar.Update("calibrating", static_cast<double>(done) / static_cast<double>(samples.size()));
      };
    }
    const auto file = network.Quantise(samples, quantising, &errors);
    if (ProgressShown(context)) bar.Finish();
    if (!file.ok()) return Error{file.error().code, options.model + ": " + file.error().message};
    VOIZK_RETURN_IF_ERROR(WriteFile(options.out, *file));
    return Model::Read(*file);
  };
  const auto model = work();
  if (!model.ok()) return ReportError(context, model.error());
  nlohmann::ordered_json layers = nlohmann::ordered_json::array();
  std::string text = fmt::format("{:<40} {:<18} {:<16} {:>12} {:>10}\n", "value", "operation",
                                 "shape", "step", "error");
  for (const auto& layer : errors) {
    const double relative = layer.signal > 0 ? layer.error / layer.signal : 0;
    layers.push_back({{"value", layer.name},
                      {"op", layer.op},
                      {"dims", layer.dims},
                      {"step", layer.step},
                      {"relative_error", relative}});
    text += fmt::format("{:<40} {:<18} {:<16} {:>12.4g} {:>10.4g}\n", Tail(layer.name), layer.op,
                        Text(layer.dims), layer.step, relative);
  }
  return Describe(context, *model, options.out, {{"seconds", Seconds(begin)}, {"layers", layers}},
                  text + "\n");
}

int Show(const Options& options, const Context& context) {
  const auto model = ReadModelFile(options.model);
  if (!model.ok()) return ReportError(context, model.error());
  return Describe(context, *model, options.model, {});
}

/// The values of every input, from NAME=FILE, or FILE for the only one.
Result<std::vector<std::vector<float>>> ReadInputs(const Options& options, const Model& model) {
  const auto& inputs = model.inputs();
  std::vector<std::vector<float>> values(inputs.size());
  for (const std::string& text : options.inputs) {
    size_t at = inputs.size() == 1 ? 0 : inputs.size();
    std::string path = text;
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (text.starts_with(inputs[i].name + "=")) {
        at = i;
        path = text.substr(inputs[i].name.size() + 1);
      }
    }
    if (at == inputs.size()) {
      return {ErrorCode::kInvalidArgument, "--input " + text + ": the model has no such input"};
    }
    uint64_t size = 1;
    for (const int64_t d : inputs[at].dims) size *= static_cast<uint64_t>(d);
    VOIZK_ASSIGN_OR_RETURN(values[at], ReadValues(path, size, options.rate_hz));
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (values[i].empty()) {
      return {ErrorCode::kInvalidArgument,
              "--input: nothing is given for '" + inputs[i].name + "'"};
    }
  }
  return values;
}

Status WriteOutput(const Options& options, const Model& model, const ModelRun& run) {
  if (options.output.empty()) return {};
  return WriteFile(options.output, WriteNpy(model.output().dims, run.real_output));
}

std::string Shown(const std::vector<float>& values) {
  std::string text;
  constexpr size_t kMost = 8;
  for (size_t i = 0; i < std::min(values.size(), kMost); ++i) {
    text += fmt::format("{}{:.5g}", i == 0 ? "" : " ", values[i]);
  }
  return values.size() > kMost ? text + fmt::format(" .. ({} values)", values.size()) : text;
}

std::span<const uint8_t> Bytes(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

int Prove(const Options& options, const Context& context) {
  const Status files = CheckFiles(
      context, {.inputs = {options.model}, .outputs = {options.out, options.output}}, true);
  if (!files.ok()) return ReportError(context, files.error());
  double seconds = 0;
  ModelRun run;
  const auto work = [&]() -> Result<size_t> {
    VOIZK_ASSIGN_OR_RETURN(const Model model, ReadModelFile(options.model));
    VOIZK_ASSIGN_OR_RETURN(const auto inputs, ReadInputs(options, model));
    const Notice notice(context, "proving");
    const auto begin = std::chrono::steady_clock::now();
    VOIZK_ASSIGN_OR_RETURN(const auto proof,
                           ProveModel(model, inputs, options.public_inputs, Bytes(options.context),
                                      context.Threads(), &run));
    seconds = Seconds(begin);
    VOIZK_RETURN_IF_ERROR(WriteOutput(options, model, run));
    VOIZK_RETURN_IF_ERROR(WriteFile(options.out, proof, ReadableBy::kOwner));
    return proof.size();
  };
  const auto bytes = work();
  if (!bytes.ok()) return ReportError(context, bytes.error());
  Print(context,
        {{"proof", options.out},
         {"bytes", *bytes},
         {"output", run.real_output},
         {"seconds", seconds},
         {"threads", context.Threads()},
         {"peak_memory_bytes", PeakMemoryBytes()}},
        fmt::format("output {}\nproof written to {} ({}) in {:.2f} s on {} threads, peak memory {}",
                    Shown(run.real_output), options.out, HumanBytes(*bytes), seconds,
                    context.Threads(), HumanBytes(PeakMemoryBytes())));
  return kExitOk;
}

int Verify(const Options& options, const Context& context) {
  const Status files = CheckFiles(
      context, {.inputs = {options.model, options.proof}, .outputs = {options.output}}, true);
  if (!files.ok()) return ReportError(context, files.error());
  const auto model = ReadModelFile(options.model);
  if (!model.ok()) return ReportError(context, model.error());
  const auto proof = ReadFile(options.proof, kMaxProofBytes);
  if (!proof.ok()) return ReportError(context, proof.error());
  const auto begin = std::chrono::steady_clock::now();
  const auto run = VerifyModel(*model, Bytes(options.context), *proof);
  const double seconds = Seconds(begin);
  if (!run.ok()) {
    return ReportError(context, {run.error().code, options.proof + ": " + run.error().message,
                                 run.error().rejection});
  }
  const Status written = WriteOutput(options, *model, *run);
  if (!written.ok()) return ReportError(context, written.error());
  const bool open = !run->inputs.empty();
  Print(context,
        {{"accepted", true},
         {"model", Hex(model->digest())},
         {"public_inputs", open},
         {"output", run->real_output},
         {"seconds", seconds},
         {"peak_memory_bytes", PeakMemoryBytes()}},
        fmt::format("accepted: on {} inputs the model gives {}, verified in {:.1f} ms",
                    open ? "these public" : "secret", Shown(run->real_output), seconds * 1e3));
  return kExitOk;
}

int Evaluate(const Options& options, const Context& context) {
  const auto model = ReadModelFile(options.model);
  if (!model.ok()) return ReportError(context, model.error());
  const auto work = [&]() -> Result<nlohmann::ordered_json> {
    VOIZK_ASSIGN_OR_RETURN(const auto inputs, ReadInputs(options, *model));
    VOIZK_ASSIGN_OR_RETURN(const ModelRun run, EvaluateModel(*model, inputs, context.Threads()));
    nlohmann::ordered_json json{{"output", run.real_output}};
    if (options.onnx.empty()) return json;
    FloatNetwork::Options import;
    for (const auto& input : model->inputs()) import.dims[input.name] = input.dims;
    for (const std::string& text : options.values) {
      VOIZK_ASSIGN_OR_RETURN(const auto pair, Assignment(text, "--value"));
      import.values[pair.first] = std::strtod(pair.second.c_str(), nullptr);
    }
    import.output = model->output().name;
    VOIZK_ASSIGN_OR_RETURN(const FloatNetwork network, FloatNetwork::Read(options.onnx, import));
    VOIZK_ASSIGN_OR_RETURN(const auto real, network.Evaluate(inputs, context.Threads()));
    if (real.size() != run.real_output.size()) {
      return {ErrorCode::kInvalidArgument, options.onnx + ": its output has another size"};
    }
    double error = 0, square = 0;
    for (size_t i = 0; i < real.size(); ++i) {
      const double difference = double{real[i]} - run.real_output[i];
      error += difference * difference;
      square += double{real[i]} * real[i];
    }
    json["float_output"] = real;
    json["relative_error"] = square > 0 ? std::sqrt(error / square) : 0;
    return json;
  };
  const auto json = work();
  if (!json.ok()) return ReportError(context, json.error());
  std::string text = "output  " + Shown(json->at("output").get<std::vector<float>>());
  if (json->contains("float_output")) {
    text += fmt::format("\nfloat   {}\nrelative error {:.4g}",
                        Shown(json->at("float_output").get<std::vector<float>>()),
                        json->at("relative_error").get<double>());
  }
  Print(context, *json, text);
  return kExitOk;
}

void AddRun(CLI::App* command, Options* options) {
  command->add_option("model", options->model, "Model file (.vzm)")->required();
  command->add_option("--input", options->inputs,
                      "Values of an input: [NAME=]FILE, an .npy array or a recording");
  command->add_option("--rate", options->rate_hz, "Rate of recordings, Hz")
      ->check(CLI::Range(1000, 384000));
}

}  // namespace

void AddModel(CLI::App* app, Context* context) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app->add_subcommand("model", "Networks of others: import, show, prove, verify");
  command->require_subcommand(1);
  command->fallthrough();

  CLI::App* import = command->add_subcommand("import", "Quantise an ONNX file");
  import->add_option("onnx", options->model, "ONNX file")->required();
  import->add_option("--input", options->inputs, "Dims of an input: NAME=1x80x300");
  import->add_option("--value", options->values, "An input that is one number: NAME=16000");
  import->add_option("--output", options->output, "Which output, of several");
  import
      ->add_option("--calibrate", options->calibrate,
                   "[NAME=]FILE or folder of .npy arrays or recordings")
      ->required();
  import->add_option("--rate", options->rate_hz, "Rate of recordings, Hz")
      ->check(CLI::Range(1000, 384000));
  import->add_option("--bits", options->bits, "Bits of activations")->check(CLI::Range(4, 16));
  import->add_option("--input-bits", options->input_bits, "Bits of inputs")
      ->check(CLI::Range(4, 16));
  import->add_option("-o,--out", options->out, "Model file to write")->required();
  import->callback([options, context] { context->exit_code = Import(*options, *context);
});

CLI::App* show = command->add_subcommand("show", "What a model does and costs");
show->add_option("model", options->model, "Model file (.vzm)")->required();
show->callback([options, context] { context->exit_code = Show(*options, *context); });

CLI::App* prove = command->add_subcommand("prove", "Prove one run");
AddRun(prove, options.get());
prove->add_flag("--public-inputs", options->public_inputs, "The inputs are part of the statement");
prove->add_option("--context", options->context, "Text that the proof is bound to");
prove->add_option("--output", options->output, "File for the output (.npy)");
prove->add_option("-o,--out", options->out, "Proof file to write")->required();
prove->callback([options, context] { context->exit_code = Prove(*options, *context); });

CLI::App* verify = command->add_subcommand("verify", "Verify a proof of a run");
verify->add_option("model", options->model, "Model file (.vzm)")->required();
verify->add_option("proof", options->proof, "Proof file")->required();
verify->add_option("--context", options->context, "Text that the proof is bound to");
verify->add_option("--output", options->output, "File for the output (.npy)");
verify->callback([options, context] { context->exit_code = Verify(*options, *context); });

CLI::App* eval = command->add_subcommand("eval", "Run it, and compare with the float network");
AddRun(eval, options.get());
eval->add_option("--onnx", options->onnx, "The network it was imported from");
eval->add_option("--value", options->values, "As given to import");
eval->callback([options, context] { context->exit_code = Evaluate(*options, *context); });
}  // namespace voizk::cli

}  // namespace voizk::cli
