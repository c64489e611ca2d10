#include "login/relation/model_parts.h"

#include <map>
#include <string>
#include <utility>

#include "login/relation/phrase.h"
#include "login/relation/phrase_states.h"
#include "relation/builder/views.h"
#include "speech/features/front_end.h"

namespace voizk {
namespace {

// A network's output as a tensor.
Result<TensorId> AddNetwork(Builder& b, const Graph& graph, const std::string& prefix,
                            std::map<std::string, Value> inputs) {
  VOIZK_ASSIGN_OR_RETURN(Value output, graph.Build(b, prefix + ".", std::move(inputs)));
  return TensorOf(b, prefix, output);
}

}  // namespace

Status CheckModel(const LoginModel& model, uint32_t frames) {
  VOIZK_RETURN_IF_ERROR(CheckFrontEnd(model.front_end));
  VOIZK_RETURN_IF_ERROR(CheckDecision(model.decision));
  constexpr uint32_t kMaxFrames = 1 << 16;
  if (frames < 2 || frames % 2 != 0 || frames > kMaxFrames) {
    return {ErrorCode::kInvalidArgument, "the number of frames must be even and at most 65536"};
  }
  return {};
}

Result<TensorId> AddEmbedding(Builder& b, const LoginModel& model, uint32_t frames,
                              const FrontEnd& front, TensorId mask) {
  VOIZK_ASSIGN_OR_RETURN(const Graph graph, model.embedding(frames));
  std::map<std::string, Value> inputs{{"mask", ValueOf(b, mask)}};
  const auto samples = graph.Find("samples");
  if (samples.ok() && graph.kind(*samples) == "input") {
    inputs.emplace("samples", ValueOf(b, front.x1));
  } else {
    inputs.emplace("features", ValueOf(b, front.features));
  }
  return AddNetwork(b, graph, "embedding", std::move(inputs));
}

Result<View> FlatEmbedding(Builder& b, TensorId embedding) {
  const Tensor& e = b.tensor(embedding);
  if (e.shape.Cells() != kEmbeddingSize || e.shape.rank > 2 ||
      (e.shape.rank == 2 && e.shape.dims[0] != 1) || e.lo < -kEmbeddingMax ||
      e.hi > kEmbeddingMax) {
    return {ErrorCode::kUnsupported,
            "the embedding network does not return 64 values in [-127, 127]"};
  }
  if (e.shape.rank == 1) return b.Identity(embedding);
  return ViewOf(b, embedding, MakeShape({kEmbeddingSize}), {At(0), From(0)});
}

Result<SpokenPhrase> AddSpokenPhrase(Builder& b, const LoginModel& model, const LoginShape& shape) {
  VOIZK_RETURN_IF_ERROR(CheckModel(model, shape.frames));
  VOIZK_RETURN_IF_ERROR(MakePhraseTables(model.decision, shape.digits).status());
  const FrontEnd front = AddFrontEnd(b, model.front_end, shape.frames);
  VOIZK_ASSIGN_OR_RETURN(const Graph recogniser, model.recogniser(shape.frames));
  VOIZK_ASSIGN_OR_RETURN(
      const TensorId logits,
      AddNetwork(b, recogniser, "recogniser", {{"features", ValueOf(b, front.features)}}));
  SpokenPhrase spoken;
  spoken.mask = RequirePhrase(b, model.decision, shape.digits, logits, front.activity.voiced,
                              front.activity.energy);
  VOIZK_ASSIGN_OR_RETURN(spoken.embedding,
                         AddEmbedding(b, model, shape.frames, front, spoken.mask));
  return spoken;
}

}  // namespace voizk
