// Why an honest prover stops at the decision.  These codes stay on the user's machine.
#ifndef VOIZK_LOGIN_RELATION_REFUSALS_H_
#define VOIZK_LOGIN_RELATION_REFUSALS_H_

namespace voizk {

inline constexpr char kRefuseWrongWords[] = "wrong words";
inline constexpr char kRefuseUneven[] = "uneven digits";
inline constexpr char kRefuseNotThisVoice[] = "not this voice";

}  // namespace voizk

#endif  // VOIZK_LOGIN_RELATION_REFUSALS_H_
