#include "login/user/refusal.h"

#include "login/relation/refusals.h"
#include "speech/features/refusals.h"

namespace voizk {

Refusal RefusalOf(std::string_view code) {
  if (code == kRefuseSilent) return Refusal::kSilent;
  if (code == kRefuseTooShort) return Refusal::kTooShort;
  if (code == kRefuseNoisy) return Refusal::kNoisy;
  if (code == kRefuseWrongWords) return Refusal::kWrongWords;
  if (code == kRefuseUneven) return Refusal::kUnevenDigits;
  if (code == kRefuseNotThisVoice) return Refusal::kNotThisVoice;
  return Refusal::kUnusual;
}

const char* RefusalText(Refusal refusal) {
  switch (refusal) {
    case Refusal::kNone:
      return "The recording is fine.";
    case Refusal::kTooShort:
      return "Too little speech was heard: speak all of the phrase, a little slower.";
    case Refusal::kTooLong:
      return "The recording is too long: speak the phrase only, without long pauses.";
    case Refusal::kSilent:
      return "Nothing was heard: check the microphone and its level.";
    case Refusal::kClipped:
      return "The recording is distorted: lower the microphone's level or move away from it.";
    case Refusal::kNoisy:
      return "The speech does not stand out from the noise: go somewhere quieter or closer to the "
             "microphone.";
    case Refusal::kWrongWords:
      return "The phrase was not recognised: say exactly these digits, in English, and nothing "
             "else.";
    case Refusal::kUnevenDigits:
      return "The digits were not spoken evenly: say each one once, clearly, none much longer or "
             "louder than the others.";
    case Refusal::kNotThisVoice:
      return "The voice does not match the enrolled one: speak as at enrolment, or enrol again.";
    case Refusal::kUnusual:
      return "The recording is outside what the model accepts: record it again.";
    case Refusal::kUnlikeTheOthers:
      return "The voice does not match that of the other recordings: speak as in the others.";
  }
  return "The recording is refused.";
}

const char* RefusalName(Refusal refusal) {
  switch (refusal) {
    case Refusal::kNone:
      return "none";
    case Refusal::kTooShort:
      return "too_short";
    case Refusal::kTooLong:
      return "too_long";
    case Refusal::kSilent:
      return "silent";
    case Refusal::kClipped:
      return "clipped";
    case Refusal::kNoisy:
      return "noisy";
    case Refusal::kWrongWords:
      return "wrong_words";
    case Refusal::kUnevenDigits:
      return "uneven_digits";
    case Refusal::kNotThisVoice:
      return "not_this_voice";
    case Refusal::kUnusual:
      return "unusual";
    case Refusal::kUnlikeTheOthers:
      return "unlike_the_others";
  }
  return "unknown";
}

}  // namespace voizk
