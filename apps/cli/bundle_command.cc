// voizk bundle: a speaker network of one's own in a login's bundle, and what a bundle says of
// itself.
#include <memory>

#include "bundle_making.h"

namespace voizk::cli {
namespace {

int Show(const Context& context) {
  const auto bundle = context.LoadBundle();
  if (!bundle.ok()) return ReportError(context, bundle.error());
  Print(context, BundleJson(*bundle), BundleText(*bundle));
  return kExitOk;
}

void AddTrials(CLI::App* command, EvalOptions* trials) {
  command
      ->add_option("--trials", trials->list,
                   "Trials that choose the threshold, as voizk eval reads them")
      ->required();
  command->add_option("--models", trials->models,
                      "What to enrol from: \"MODEL RECORDING RECORDING ..\" a line");
  command->add_option("--utterances", trials->utterances, "Table of recordings, as voizk eval's");
  command->add_option("--audio", trials->audio, "Folder in which the recordings lie");
  command->add_option("--raw-rate", trials->raw_rate_hz, "Rate of headerless recordings (.raw)")
      ->check(CLI::Range(1000, 384'000));
}

}  // namespace

void AddBundle(CLI::App* app, Context* context) {
  auto options = std::make_shared<BundleOptions>();
  CLI::App* command =
      app->add_subcommand("bundle", "Login bundles: make one with an imported network, show one");
  command->require_subcommand(1);
  CLI::App* create = command->add_subcommand(
      "create", "A bundle with a speaker network of voizk model import (docs/bundle.md, 5)");
  create->add_option("--base", options->base, "Folder of the bundle that gives all the rest")
      ->required();
  create->add_option("--speaker", options->speaker, "Model file of the network (.vzm)")->required();
  create
      ->add_option("--reads", options->reads,
                   "What its input is: samples or features (default: as the input is named)")
      ->check(CLI::IsMember({"samples", "features"}));
  AddTrials(create, &options->trials);
  create->add_option("--voices", options->voices,
                     "Recordings to centre and project embeddings by, one a line (default: those "
                     "of the trials)");
  create->add_option("--fmr", options->fmr, "Share of nontarget trials that may be accepted")
      ->check(CLI::Range(1e-6, 0.5))
      ->capture_default_str();
  create->add_option("--name", options->name, "Name of the bundle (default: the base's)");
  create->add_option("-o,--out", options->out, "Folder to write it to")->required();
  create->callback([options, context] { context->exit_code = CreateBundle(*options, *context); });
  CLI::App* show = command->add_subcommand("show", "What the bundle of --bundle is");
  show->callback([context] { context->exit_code = Show(*context); });
}

}  // namespace voizk::cli
