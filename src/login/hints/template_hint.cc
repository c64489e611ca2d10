#include <utility>

#include "login/hints/hints.h"
#include "login/relation/template.h"
#include "login/relation/template_relation.h"

namespace voizk {

Status TemplateScaleHint(const HintCall& call) {
  if (call.views.size() != 1 || call.views[0].size() != kEmbeddingSize || call.params.size() != 3 ||
      call.outputs.size() != 1 || call.outputs[0].size() != 1) {
    return {ErrorCode::kInternal, "template scale: step does not fit"};
  }
  DecisionConfig c;
  c.template_norm = static_cast<int32_t>(call.params[0]);
  c.template_norm2_lo = static_cast<int32_t>(call.params[1]);
  c.template_norm2_hi = static_cast<int32_t>(call.params[2]);
  VOIZK_ASSIGN_OR_RETURN(call.outputs[0][0], TemplateScale(c, call.views[0]));
  return {};
}

}  // namespace voizk
