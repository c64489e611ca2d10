#include <utility>

#include "base/exceptions.h"
#include "base/secure.h"
#include "network/imported/model_proof.h"
#include "network/prove/prove_run.h"
#include "voizk/graph.h"
#include "voizk/model.h"

namespace voizk {

namespace {

Result<Inputs> IntegerInputs(const Model& model, std::span<const std::vector<float>> inputs) {
  if (inputs.size() != model.inputs().size()) {
    return {ErrorCode::kInvalidArgument, "the model has " + std::to_string(model.inputs().size()) +
                                             " inputs, given are " + std::to_string(inputs.size())};
  }
  if (model.committed() && !model.has_key()) {
    return {ErrorCode::kInvalidArgument, "the model's weights are secret: its key is needed"};
  }
  Inputs integers = model.secrets();
  const InputsEraser erase(integers);  // what is returned is moved away by then
  for (size_t i = 0; i < inputs.size(); ++i) {
    VOIZK_ASSIGN_OR_RETURN(integers[model.inputs()[i].node], model.ToIntegers(i, inputs[i]));
  }
  return integers;
}

Result<ModelRun> RunOf(const Model& model, const Inputs& integers, std::vector<int32_t> output,
                       bool public_inputs) {
  ModelRun run;
  run.output = std::move(output);
  VOIZK_ASSIGN_OR_RETURN(run.real_output, model.ToReals(run.output));
  for (size_t i = 0; public_inputs && i < model.inputs().size(); ++i) {
    run.inputs.push_back(integers.at(model.inputs()[i].node));
  }
  return run;
}

}  // namespace

Result<std::vector<uint8_t>> ProveModel(const Model& model,
                                        std::span<const std::vector<float>> inputs,
                                        bool public_inputs, std::span<const uint8_t> context,
                                        int threads, ModelRun* run) try {
  VOIZK_ASSIGN_OR_RETURN(Inputs integers, IntegerInputs(model, inputs));
  const InputsEraser erase(integers);
  VOIZK_ASSIGN_OR_RETURN(ProvenRun proven, ProveRun(model.network(public_inputs), integers,
                                                    ModelContext(model, context), threads));
  VOIZK_ASSIGN_OR_RETURN(ModelRun done,
                         RunOf(model, integers, std::move(proven.output), public_inputs));
  ByteWriter file;
  WriteModelClaim(model, done, public_inputs, &file);
  file.Bytes(proven.proof);
  if (run != nullptr) *run = std::move(done);
  return std::move(file).Take();
} catch (...) {
  return ErrorOfException();
}

Result<ModelRun> EvaluateModel(const Model& model, std::span<const std::vector<float>> inputs,
                               int threads) try {
  VOIZK_ASSIGN_OR_RETURN(Inputs integers, IntegerInputs(model, inputs));
  const InputsEraser erase(integers);
  VOIZK_ASSIGN_OR_RETURN(auto output, EvaluateNetwork(model.network(), integers, threads));
  return RunOf(model, integers, std::move(output), false);
} catch (...) {
  return ErrorOfException();
}

}  // namespace voizk
