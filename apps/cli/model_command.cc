// voizk model: networks of others, imported from ONNX, committed to, shown, run, proven and
// verified.
#include <memory>

#include "draw_network.h"
#include "model_options.h"

namespace voizk::cli {
namespace {

int Show(const ModelOptions& options, const Context& context) {
  const Status files = CheckFiles(context, {.inputs = {options.model}, .outputs = {options.svg}});
  if (!files.ok()) return ReportError(context, files.error());
  const auto model = ReadModelFile(options.model);
  if (!model.ok()) return ReportError(context, model.error());
  if (!options.svg.empty()) {
    const Status written = WriteFile(options.svg, DrawNetworkSvg(*model));
    if (!written.ok()) return ReportError(context, written.error());
  }
  // "-" is where the model came from here: the table goes to standard output all the same.
  const std::string name = options.model == "-" ? "standard input" : options.model;
  // To stderr where the picture goes to standard output.
  DescribeModel(context, *model, options.svg == "-" ? options.svg : name,
                nlohmann::ordered_json::object(), {});
  return kExitOk;
}

/// An option that may be repeated and takes one text each time, so that what follows it stands for
/// itself.
CLI::Option* AddRepeated(CLI::App* command, const std::string& name,
                         std::vector<std::string>* texts, const std::string& help) {
  return command->add_option(name, *texts, help)->allow_extra_args(false);
}

void AddModelFile(CLI::App* command, ModelOptions* options) {
  command->add_option("model", options->model, "Model file (.vzm), or the key of one")->required();
}

void AddRate(CLI::App* command, ModelOptions* options) {
  command->add_option("--rate", options->rate_hz, "Rate in Hz that recordings are resampled to")
      ->check(CLI::Range(1000, 384000))
      ->capture_default_str();
}

void AddInputs(CLI::App* command, ModelOptions* options, const std::string& help) {
  AddRepeated(command, "--input", &options->inputs, help);
  AddRate(command, options);
  command->add_option("--output", options->output, "File for the output (.npy)");
}

void AddImport(CLI::App* command, ModelOptions* options) {
  command->add_option("onnx", options->model, "ONNX file")->required();
  AddRepeated(command, "--input", &options->inputs,
              "Dims of an input that the file leaves open: NAME=1x80x300");
  AddRepeated(command, "--value", &options->values, "An input that is one number: NAME=16000");
  command->add_option("--output", options->output, "Name of the output, where there are several");
  AddRepeated(command, "--calibrate", &options->calibrate,
              "Typical inputs: [NAME=]PATH of an .npy array, a recording or a folder of them")
      ->required();
  AddRate(command, options);
  command->add_option("--bits", options->bits, "Bits of activations")
      ->check(CLI::Range(4, 16))
      ->capture_default_str();
  command->add_option("--input-bits", options->input_bits, "Bits of inputs at most")
      ->check(CLI::Range(4, 16))
      ->capture_default_str();
  command->add_option("-o,--out", options->out, "Model file to write (.vzm)")->required();
}

}  // namespace

void AddModel(CLI::App* app, Context* context) {
  auto shared = std::make_shared<ModelOptions>();
  ModelOptions* const options = shared.get();
  CLI::App* command =
      app->add_subcommand("model", "Networks of others: import, commit, show, eval, prove, verify");
  command->require_subcommand(1);
  const auto add = [&](const char* name, const char* help,
                       int (*run)(const ModelOptions&, const Context&)) {
    CLI::App* const sub = command->add_subcommand(name, help);
    sub->callback([shared, context, run] { context->exit_code = run(*shared, *context); });
    return sub;
  };
  AddImport(add("import", "Quantise an ONNX file", ImportModel), options);

  CLI::App* const commit =
      add("commit", "Make a key of a model, and a file that verifies its proofs without weights",
          CommitModelFile);
  commit->add_option("model", options->model, "Model file (.vzm)")->required();
  commit->add_option("-o,--out", options->out, "Key to write: weights and salt, secret")
      ->required();
  commit->add_option("--public", options->open, "File to write for those who verify")->required();

  CLI::App* const show = add("show", "What a model does and what proofs of it cost", Show);
  AddModelFile(show, options);
  show->add_option("--svg", options->svg, "File for a picture of the network");

  CLI::App* const eval = add("eval", "Run it, and compare with the float network", EvalModel);
  AddModelFile(eval, options);
  AddInputs(eval, options, "Values of an input: [NAME=]FILE, an .npy array or a recording");
  eval->add_option("--onnx", options->onnx, "The network that it was imported from");
  AddRepeated(eval, "--value", &options->values, "As given to import");

  CLI::App* const prove = add("prove", "Prove one run", ProveModelRun);
  AddModelFile(prove, options);
  AddInputs(prove, options, "Values of an input: [NAME=]FILE, an .npy array or a recording");
  prove->add_flag("--public-inputs", options->public_inputs,
                  "The inputs are part of the statement, not secret");
  prove->add_option("--context", options->context, "Text that the proof is bound to");
  prove
      ->add_option("--memory", options->memory,
                   "Most memory to take, as 800M or 4G: nothing is begun that needs more")
      ->transform(CLI::AsSizeValue(/*kb_is_1000=*/true));
  prove->add_option("-o,--out", options->out, "Proof file to write")->required();

  CLI::App* const verify = add("verify", "Verify a proof of a run", VerifyModelRun);
  AddModelFile(verify, options);
  verify->add_option("proof", options->proof, "Proof file")->required();
  AddInputs(verify, options, "Values that a public input must have: [NAME=]FILE");
  verify->add_option("--context", options->context, "Text that the proof is bound to");
}

}  // namespace voizk::cli
