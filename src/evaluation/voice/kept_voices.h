// Embeddings of an evaluation that was interrupted, as text.  An embedding is biometric data of
// whoever spoke: the file is its owner's alone (mode 0600) and goes when the evaluation is done.
//   voizk-embeddings 1 DIGEST            of the bundle that made them, 64 hexadecimal digits
//   ID TAB STAMP TAB SECONDS TAB VOICED TAB REFUSAL TAB PIECE PIECE ..      a line per utterance
// PIECE: 64 bytes in hexadecimal, two's complement; "-" where there is none.
#ifndef VOIZK_EVALUATION_VOICE_KEPT_VOICES_H_
#define VOIZK_EVALUATION_VOICE_KEPT_VOICES_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secure.h"
#include "login/user/voice_model.h"

namespace voizk {

struct KeptVoice {
  std::string id;
  std::string stamp;  // what the recording was: it is heard again where this has changed
  double seconds = 0;
  UtteranceVoice voice;
};

std::string KeptHeader(const std::array<uint8_t, 32>& digest);
/// One line, its end included.  Neither id nor stamp may hold a tab or a control character.
SecureVector<char> FormatKept(const KeptVoice& kept);

/// A last line without an end was being written when the program ended, and is left out.
/// kInvalidArgument: made with another bundle; kMalformed: anything else; both name file and line.
Result<std::vector<KeptVoice>> ParseKept(std::string_view text, const std::string& file,
                                         const std::array<uint8_t, 32>& digest);

}  // namespace voizk

#endif  // VOIZK_EVALUATION_VOICE_KEPT_VOICES_H_
