// voizk model eval, prove and verify: one run of a model file.
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "model_inputs.h"
#include "model_options.h"
#include "npy.h"

namespace voizk::cli {
namespace {

constexpr size_t kMaxProofBytes = size_t{256} << 20;
constexpr const char* kBoundTo = "model, context or run";

std::span<const uint8_t> Bytes(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

std::vector<NamedInput> InputsOf(const Model& model) {
  std::vector<NamedInput> inputs;
  for (const Model::Tensor& input : model.inputs()) inputs.push_back({input.name, input.dims});
  return inputs;
}

/// Holds a proof to --memory: by the estimate, so that what cannot be done is not begun, and by the
/// system, for an estimate may err.  kLimitExceeded.
Status LimitMemory(const ModelOptions& options, const Model& model, int threads) {
  if (options.memory == 0) return {};
  const uint64_t needed = model.EstimateProof(threads).bytes;
  if (needed > options.memory) {
    return Error{ErrorCode::kLimitExceeded,
                 fmt::format("{}: a proof takes about {} by estimate, --memory allows {}",
                             options.model, HumanBytes(needed), HumanBytes(options.memory))};
  }
  const rlimit limit{options.memory, options.memory};  // of anonymous memory, which is all of it
  if (setrlimit(RLIMIT_DATA, &limit) != 0) return Error{ErrorCode::kIo, "--memory: no limit set"};
  return {};
}

/// The values of every input.
Result<std::vector<Values>> ReadAll(const ModelOptions& options, const Model& model) {
  const auto inputs = InputsOf(model);
  VOIZK_ASSIGN_OR_RETURN(auto values, ReadGiven(inputs, options.inputs, options.rate_hz));
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (values[i].empty()) {
      return {ErrorCode::kInvalidArgument,
              "--input: nothing is given for '" + inputs[i].name + "'"};
    }
  }
  return values;
}

/// Checked before any work: what is read and written, the files of inputs included.
Status CheckRunFiles(const ModelOptions& options, const Context& context,
                     std::vector<std::string> outputs) {
  std::vector<std::string> inputs = PossiblePaths(options.inputs);
  inputs.insert(inputs.end(), {options.model, options.proof, options.onnx});
  return CheckFiles(context, {.inputs = std::move(inputs), .outputs = std::move(outputs)});
}

Status WriteOutput(const ModelOptions& options, const Model& model, const ModelRun& run,
                   ReadableBy readers) {
  if (options.output.empty()) return {};
  return WriteFile(options.output, WriteNpy(model.output().dims, run.real_output), readers);
}

/// Standard output, or stderr where one of the files goes to standard output.
void PrintRun(const ModelOptions& options, const Context& context,
              const nlohmann::ordered_json& json, const std::string& text) {
  PrintBeside(context, options.output == "-" ? options.output : options.out, json, text);
}

std::string Shown(const std::vector<float>& values) {
  constexpr size_t kMost = 8;
  std::string text;
  for (size_t i = 0; i < std::min(values.size(), kMost); ++i) {
    text += fmt::format("{}{:.5g}", i == 0 ? "" : " ", values[i]);
  }
  return values.size() > kMost ? text + fmt::format(" .. ({} values)", values.size()) : text;
}

/// What the float network gives on the same inputs.
Result<std::vector<float>> FloatOutput(const ModelOptions& options, const Model& model,
                                       const std::vector<Values>& inputs, int threads) {
  VOIZK_ASSIGN_OR_RETURN(auto import, ParseImportOptions({}, options.values));
  for (const Model::Tensor& input : model.inputs()) import.dims[input.name] = input.dims;
  import.output = model.output().name;
  VOIZK_ASSIGN_OR_RETURN(const FloatNetwork network,
                         Naming(options.onnx, FloatNetwork::Read(options.onnx, import)));
  return Naming(options.onnx, network.Evaluate(inputs, threads));
}

/// Of the root mean squares; 1 where all that is meant is 0 and something else is given.
double RelativeError(const std::vector<float>& meant, const std::vector<float>& given) {
  double error = 0, square = 0;
  for (size_t i = 0; i < meant.size(); ++i) {
    const double difference = double{meant[i]} - given[i];
    error += difference * difference;
    square += double{meant[i]} * meant[i];
  }
  if (square > 0) return std::sqrt(error / square);
  return error > 0 ? 1 : 0;
}

Result<nlohmann::ordered_json> Evaluate(const ModelOptions& options, const Context& context) {
  VOIZK_ASSIGN_OR_RETURN(const Model model, ReadModelFile(options.model));
  VOIZK_ASSIGN_OR_RETURN(const auto inputs, ReadAll(options, model));
  VOIZK_ASSIGN_OR_RETURN(const ModelRun run, EvaluateModel(model, inputs, context.Threads()));
  nlohmann::ordered_json json{{"output", run.real_output}};
  if (!options.onnx.empty()) {
    VOIZK_ASSIGN_OR_RETURN(const auto real, FloatOutput(options, model, inputs, context.Threads()));
    if (real.size() != run.real_output.size()) {
      return {ErrorCode::kInvalidArgument, options.onnx + ": its output has another size"};
    }
    json["float_output"] = real;
    json["relative_error"] = RelativeError(real, run.real_output);
  }
  VOIZK_RETURN_IF_ERROR(WriteOutput(options, model, run, ReadableBy::kOwner));
  return json;
}

/// That the public inputs of a verified run are those that were given.
Status CheckPublicInputs(const ModelOptions& options, const Model& model, const ModelRun& run) {
  if (options.inputs.empty()) return {};
  VOIZK_ASSIGN_OR_RETURN(const auto given,
                         ReadGiven(InputsOf(model), options.inputs, options.rate_hz));
  for (size_t i = 0; i < given.size(); ++i) {
    if (given[i].empty()) continue;
    VOIZK_ASSIGN_OR_RETURN(const auto integers, model.ToIntegers(i, given[i]));
    if (run.inputs.empty() || run.inputs[i] != integers) {
      return Error{ErrorCode::kProofRejected,
                   run.inputs.empty() ? "the inputs of the proof are secret"
                                      : "input '" + model.inputs()[i].name + "' has other values",
                   Rejection{.check = Check::kPublicInput}};
    }
  }
  return {};
}

}  // namespace

int EvalModel(const ModelOptions& options, const Context& context) {
  Status files = CheckRunFiles(options, context, {options.output});
  if (files.ok() && options.onnx == "-") {
    files = Status(ErrorCode::kInvalidArgument, "--onnx -: an ONNX file is read by name");
  }
  if (!files.ok()) return ReportError(context, files.error());
  const auto json = Evaluate(options, context);
  if (!json.ok()) return ReportError(context, json.error());
  std::string text = "output  " + Shown(json->at("output").get<std::vector<float>>());
  if (json->contains("float_output")) {
    text += fmt::format("\nfloat   {}\nrelative error {:.4g}",
                        Shown(json->at("float_output").get<std::vector<float>>()),
                        json->at("relative_error").get<double>());
  }
  PrintRun(options, context, *json, text);
  return kExitOk;
}

int ProveModelRun(const ModelOptions& options, const Context& context) {
  const Status files = CheckRunFiles(options, context, {options.out, options.output});
  if (!files.ok()) return ReportError(context, files.error());
  double seconds = 0;
  ModelRun run;
  const auto work = [&]() -> Result<size_t> {
    VOIZK_ASSIGN_OR_RETURN(const Model model, ReadModelFile(options.model));
    VOIZK_RETURN_IF_ERROR(LimitMemory(options, model, context.Threads()));
    VOIZK_ASSIGN_OR_RETURN(const auto inputs, ReadAll(options, model));
    const Notice notice(context, "proving");
    const auto begin = std::chrono::steady_clock::now();
    VOIZK_ASSIGN_OR_RETURN(const auto proof,
                           ProveModel(model, inputs, options.public_inputs, Bytes(options.context),
                                      context.Threads(), &run));
    seconds = SecondsSince(begin);
    // Whom the run is shown to is the owner's to say, as with the proof of a login.
    VOIZK_RETURN_IF_ERROR(WriteOutput(options, model, run, ReadableBy::kOwner));
    VOIZK_RETURN_IF_ERROR(WriteFile(options.out, proof, ReadableBy::kOwner));
    return proof.size();
  };
  const auto bytes = work();
  if (!bytes.ok()) return ReportError(context, bytes.error());
  PrintRun(
      options, context,
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

int VerifyModelRun(const ModelOptions& options, const Context& context) {
  const Status files = CheckRunFiles(options, context, {options.output});
  if (!files.ok()) return ReportError(context, files.error());
  const auto model = ReadModelFile(options.model);
  if (!model.ok()) return ReportError(context, model.error());
  const auto proof = ReadFile(options.proof, kMaxProofBytes);
  if (!proof.ok()) return ReportError(context, proof.error());
  const auto begin = std::chrono::steady_clock::now();
  const auto run = Naming(options.proof, VerifyModel(*model, Bytes(options.context), *proof));
  const double seconds = SecondsSince(begin);
  if (!run.ok()) return ReportError(context, run.error(), kBoundTo);
  const Status same = CheckPublicInputs(options, *model, *run);
  if (!same.ok()) return ReportError(context, same.error(), kBoundTo);
  const Status written = WriteOutput(options, *model, *run, ReadableBy::kEverybody);
  if (!written.ok()) return ReportError(context, written.error());
  const bool open = !run->inputs.empty();
  nlohmann::ordered_json inputs = nlohmann::ordered_json::array();
  for (size_t i = 0; i < run->inputs.size(); ++i) {
    inputs.push_back({{"name", model->inputs()[i].name}, {"integers", run->inputs[i]}});
  }
  PrintRun(options, context,
           {{"accepted", true},
            {"model", Hex(model->digest())},
            {"public_inputs", open},
            {"inputs", inputs},
            {"output", run->real_output},
            {"seconds", seconds},
            {"peak_memory_bytes", PeakMemoryBytes()}},
           fmt::format("accepted: on {} inputs the model gives {}, verified in {:.1f} ms",
                       open ? "public" : "secret", Shown(run->real_output), seconds * 1e3));
  return kExitOk;
}

}  // namespace voizk::cli
