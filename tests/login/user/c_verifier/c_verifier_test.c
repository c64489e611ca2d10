/* The C interface of the relying party, from C, with the verifier's library alone. */
#include <stdio.h>
#include <string.h>

#include "voizk/voizk.h"

static int failures = 0;

static void expect(int condition, const char* what) {
  if (condition) return;
  fprintf(stderr, "not so: %s\n", what);
  ++failures;
}

int main(int argc, char** argv) {
  voizk_bundle* bundle = NULL;
  voizk_bytes challenge = {NULL, 0};
  voizk_verifier* verifier = NULL;
  const uint8_t junk[] = "no proof at all";
  const int64_t now = 1700000000;
  if (argc != 2) return 2;

  expect(voizk_bundle_open("/nonexistent", &bundle) == VOIZK_NOT_FOUND, "absent bundle");
  expect(bundle == NULL, "no bundle after an error");
  expect(voizk_bundle_open(argv[1], NULL) == VOIZK_INVALID_ARGUMENT, "nowhere to put a bundle");
  expect(voizk_bundle_open(argv[1], &bundle) == VOIZK_OK, "bundle opens");
  expect(voizk_bundle_sample_rate(bundle) == 8000, "sample rate");
  expect(voizk_bundle_sample_rate(NULL) == 0, "sample rate of nothing");

  expect(voizk_challenge_new("bank.example", 4, now, 120, &challenge) == VOIZK_INVALID_ARGUMENT,
         "four digits are too few");
  expect(voizk_challenge_new("bank.example", 6, now, 120, &challenge) == VOIZK_OK, "challenge");
  expect(challenge.size > 0 && challenge.data[0] == '{', "challenge is JSON");

  expect(voizk_verify_once(bundle, challenge.data, challenge.size, junk, sizeof junk, junk,
                           sizeof junk, "/nonexistent", NULL, NULL) == VOIZK_MALFORMED,
         "a damaged credential is the caller's");
  expect(voizk_verify_once(NULL, challenge.data, challenge.size, junk, sizeof junk, junk,
                           sizeof junk, "/nonexistent", NULL, NULL) == VOIZK_INVALID_ARGUMENT,
         "no bundle");
  expect(voizk_verifier_open(NULL, 1 << 26, &verifier) == VOIZK_INVALID_ARGUMENT, "of no bundle");
  expect(verifier == NULL, "no verifier after an error");
  expect(voizk_verifier_open(bundle, 1 << 26, NULL) == VOIZK_INVALID_ARGUMENT, "nowhere to put it");
  expect(voizk_verifier_open(bundle, 1 << 26, &verifier) == VOIZK_OK, "verifier opens");
  expect(
      voizk_verifier_verify_once(verifier, challenge.data, challenge.size, junk, sizeof junk, junk,
                                 sizeof junk, "/nonexistent", NULL, NULL) == VOIZK_MALFORMED,
      "a damaged credential is the caller's, to a verifier too");
  expect(
      voizk_verifier_verify_once(NULL, challenge.data, challenge.size, junk, sizeof junk, junk,
                                 sizeof junk, "/nonexistent", NULL, NULL) == VOIZK_INVALID_ARGUMENT,
      "no verifier");
  voizk_verifier_close(verifier);
  voizk_verifier_close(NULL);
  expect(strlen(voizk_status_text(VOIZK_PROOF_REJECTED)) > 0, "texts");

  voizk_free(&challenge);
  expect(challenge.data == NULL, "freed");
  voizk_free(&challenge);
  voizk_free(NULL);
  voizk_bundle_close(bundle);
  voizk_bundle_close(NULL);
  return failures == 0 ? 0 : 1;
}
