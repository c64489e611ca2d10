// Relations for looking, not for proving: the pipeline with its intermediate results under names.
#ifndef VOIZK_LOGIN_USER_VIEW_RELATION_H_
#define VOIZK_LOGIN_USER_VIEW_RELATION_H_

#include <cstdint>

#include "base/result.h"
#include "login/bundle/bundle_data.h"
#include "relation/core/relation.h"

namespace voizk {

inline constexpr char kExponentTensor[] = "view.exponent";  // [T][filters], features/log_mel.h
inline constexpr char kFractionTensor[] = "view.fraction";  // [T][filters]
inline constexpr char kFeaturesTensor[] = "view.features";  // [T][filters]
inline constexpr char kVoicedTensor[] = "view.voiced";      // [T]
inline constexpr char kLogitsTensor[] = "view.logits";      // [T/2][13]

/// spectrum_only: the first two alone, which all but silent audio has.
Result<Relation> BuildViewRelation(const BundleData& bundle, uint32_t frames, bool spectrum_only);

}  // namespace voizk

#endif  // VOIZK_LOGIN_USER_VIEW_RELATION_H_
