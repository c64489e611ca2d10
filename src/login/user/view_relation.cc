#include "login/user/view_relation.h"

#include <utility>

#include "relation/builder/builder.h"
#include "relation/gadgets/commit.h"
#include "speech/features/front_end.h"
#include "speech/features/level.h"
#include "speech/features/spectrum.h"

namespace voizk {
namespace {

/// A copy under a name that inference can ask for.
void Show(Builder& b, const char* name, const View& view) { gadgets::Materialise(b, name, view); }

void ShowLogMel(Builder& b, const LogMel& log) {
  Show(b, kExponentTensor, b.Identity(log.exponent));
  Show(b, kFractionTensor, b.Identity(log.fraction));
}

}  // namespace

Result<Relation> BuildViewRelation(const BundleData& bundle, uint32_t frames, bool spectrum_only) {
  Builder b;
  const FrontEndConfig& c = bundle.features;
  if (spectrum_only) {
    const TensorId power = AddPower(b, c, AddSpectrum(b, c, AddLevel(b, c, frames), frames));
    ShowLogMel(b, AddLogMel(b, c, MelView(b, c, power)));
    return std::move(b).Finish();
  }
  const FrontEnd front = AddFrontEnd(b, c, frames);
  ShowLogMel(b, front.log);
  Show(b, kFeaturesTensor, b.Identity(front.features));
  Show(b, kVoicedTensor, b.Identity(front.activity.voiced));
  VOIZK_ASSIGN_OR_RETURN(const Graph graph, bundle.recogniser.At(frames));
  VOIZK_ASSIGN_OR_RETURN(const Value logits,
                         graph.Build(b, "recogniser.", {{"features", ValueOf(b, front.features)}}));
  Show(b, kLogitsTensor, logits.view);
  return std::move(b).Finish();
}

}  // namespace voizk
