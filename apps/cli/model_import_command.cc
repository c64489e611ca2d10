// voizk model import: an ONNX file, measured on samples, to a model file.
#include <fmt/format.h>

#include <optional>
#include <utility>

#include "model_inputs.h"
#include "model_options.h"

namespace voizk::cli {
namespace {

Status CheckImportFiles(const ModelOptions& options, const Context& context) {
  if (options.model == "-") {
    return {ErrorCode::kInvalidArgument,
            "an ONNX file is read by name, not from standard input: its weights may lie beside it"};
  }
  const auto samples = PossiblePaths(options.calibrate);
  FilePlan plan{.inputs = samples, .folders = samples, .outputs = {options.out}};
  plan.inputs.push_back(options.model);
  return CheckFiles(context, std::move(plan));
}

struct Imported {
  std::vector<uint8_t> file;
  std::vector<FloatNetwork::LayerError> errors;
};

Result<FloatNetwork> ReadNetwork(const ModelOptions& options, const Context& context) {
  VOIZK_ASSIGN_OR_RETURN(auto import, ParseImportOptions(options.inputs, options.values));
  import.output = options.output;
  const Notice notice(context, "reading the network");
  return Naming(options.model, FloatNetwork::Read(options.model, import));
}

Result<Imported> Quantise(const ModelOptions& options, const Context& context) {
  VOIZK_ASSIGN_OR_RETURN(const FloatNetwork network, ReadNetwork(options, context));
  std::vector<NamedInput> inputs;
  for (const auto& input : network.inputs()) inputs.push_back({input.name, input.dims});
  VOIZK_ASSIGN_OR_RETURN(const auto samples,
                         ReadSamples(inputs, options.calibrate, options.rate_hz));
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
  Imported imported;
  auto file = network.Quantise(samples, quantising, &imported.errors);
  if (ProgressShown(context)) bar.Finish();
  VOIZK_ASSIGN_OR_RETURN(imported.file, Naming(options.model, std::move(file)));
  return imported;
}

}  // namespace

int ImportModel(const ModelOptions& options, const Context& context) {
  const auto begin = std::chrono::steady_clock::now();
  const Status files = CheckImportFiles(options, context);
  if (!files.ok()) return ReportError(context, files.error());
  const auto imported = Quantise(options, context);
  if (!imported.ok()) return ReportError(context, imported.error());
  const auto model = Naming(options.out, Model::Read(imported->file));
  if (!model.ok()) return ReportError(context, model.error());
  const Status written = WriteFile(options.out, imported->file);
  if (!written.ok()) return ReportError(context, written.error());

  nlohmann::ordered_json layers = nlohmann::ordered_json::array();
  std::string text = fmt::format("{:<40} {:<18} {:<16} {:>12} {:>10}\n", "value", "operation",
                                 "shape", "step", "error");
  for (const auto& layer : imported->errors) {
    const double relative = layer.signal > 0 ? layer.error / layer.signal : 0;
    layers.push_back({{"value", layer.name},
                      {"op", layer.op},
                      {"dims", layer.dims},
                      {"step", layer.step},
                      {"relative_error", relative}});
    text += fmt::format("{:<40} {:<18} {:<16} {:>12.4g} {:>10.4g}\n", Tail(layer.name), layer.op,
                        DimsText(layer.dims), layer.step, relative);
  }
  DescribeModel(context, *model, options.out,
                {{"seconds", SecondsSince(begin)}, {"layers", layers}}, text + "\n");
  return kExitOk;
}

}  // namespace voizk::cli
