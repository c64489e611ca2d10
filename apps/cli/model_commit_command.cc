// voizk model commit: from a model file to a key, which proves, and a file that only verifies.
#include <fmt/format.h>

#include "model_options.h"

namespace voizk::cli {

int CommitModelFile(const ModelOptions& options, const Context& context) {
  const Status files =
      CheckFiles(context, {.inputs = {options.model}, .outputs = {options.out, options.open}});
  if (!files.ok()) return ReportError(context, files.error());
  const auto work = [&]() -> Result<Model> {
    VOIZK_ASSIGN_OR_RETURN(const auto file, ReadModelBytes(options.model));
    VOIZK_ASSIGN_OR_RETURN(const CommittedModel committed,
                           Naming(options.model, CommitModel(file)));
    VOIZK_ASSIGN_OR_RETURN(Model model, Model::Read(committed.open));
    VOIZK_RETURN_IF_ERROR(WriteFile(options.out, committed.key, ReadableBy::kOwner));
    VOIZK_RETURN_IF_ERROR(WriteFile(options.open, committed.open));
    return model;
  };
  const auto model = work();
  if (!model.ok()) return ReportError(context, model.error());
  PrintBeside(context, options.open == "-" ? options.open : options.out,
              {{"key", options.out}, {"model", options.open}, {"digest", Hex(model->digest())}},
              fmt::format("key, to be kept secret, written to {}\nmodel to verify with written to "
                          "{}  {}",
                          options.out, options.open, Hex(model->digest())));
  return kExitOk;
}

}  // namespace voizk::cli
