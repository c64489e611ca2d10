// Why an honest prover stops at the front end.  These codes stay on the user's machine.
#ifndef VOIZK_SPEECH_FEATURES_REFUSALS_H_
#define VOIZK_SPEECH_FEATURES_REFUSALS_H_

namespace voizk {

inline constexpr char kRefuseSilent[] = "silent";
inline constexpr char kRefuseTooShort[] = "too short";
inline constexpr char kRefuseNoisy[] = "noisy";

}  // namespace voizk

#endif  // VOIZK_SPEECH_FEATURES_REFUSALS_H_
