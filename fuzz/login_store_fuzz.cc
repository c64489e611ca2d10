// Challenges and credentials, in all their forms.  What is read is written as it was, where the
// form is canonical.
#include <algorithm>

#include "fuzz_input.h"
#include "voizk/challenge.h"
#include "voizk/credential.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace voizk;
  const std::span<const uint8_t> bytes(data, size);
  if (const auto challenge = ParseChallenge(bytes); challenge.ok()) {
    Claim(CheckChallenge(*challenge).ok(), "a parsed challenge keeps the rules");
    const auto encoded = EncodeChallenge(*challenge);
    Claim(encoded.ok(), "a parsed challenge can be written");
    const auto again = ParseChallenge(*encoded);
    Claim(again.ok() && *again == *challenge, "and read again");
    const auto json = ChallengeToJson(*challenge);
    Claim(json.ok(), "as JSON too");
    const auto from_json =
        ParseChallenge({reinterpret_cast<const uint8_t*>(json->data()), json->size()});
    Claim(from_json.ok() && *from_json == *challenge, "and read again from JSON");
  }
  if (const auto credential = ParsePublicCredential(bytes); credential.ok()) {
    const auto json = PublicCredentialToJson(*credential);
    Claim(json.ok(), "a parsed credential can be written");
    const auto again =
        ParsePublicCredential({reinterpret_cast<const uint8_t*>(json->data()), json->size()});
    Claim(again.ok() && *again == *credential, "and read again");
  }
  (void)ReadSealedPublic(bytes);
  return 0;
}
