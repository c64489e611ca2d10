/* The C interface, both sides, from C: enrol, challenge, prove, verify once.
 * Arguments: a bundle whose decision is opened (make_open_bundle), a state folder. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "voizk/voizk.h"

enum { kRate = 8000, kCount = 3, kSamples = 3 * kRate };
static const char kPassphrase[] = "correct horse";
static const int64_t kNow = 1700000000;
static int failures = 0;

static int64_t at(void* time) { return *(const int64_t*)time; }

static void expect(int condition, const char* what) {
  if (condition) return;
  fprintf(stderr, "not so: %s\n", what);
  ++failures;
}

/* Syllables of a harmonic sound over faint noise. */
static void speak(int16_t* pcm, double pitch) {
  uint32_t noise = 1;
  for (int n = 0; n < kSamples; ++n) {
    const double t = (double)n / kRate;
    double x = 0;
    for (int h = 1; fmod(t, 0.4) < 0.3 && h * pitch < 3900; ++h) {
      x += sin(6.283185307179586 * pitch * h * t) / sqrt(h);
    }
    noise = noise * 1664525u + 1013904223u;
    pcm[n] = (int16_t)(1500 * x + 100 * ((double)(noise >> 16) / 65536 - 0.5));
  }
}

static voizk_bundle* bundle = NULL;
static voizk_bytes pub = {NULL, 0}, challenge = {NULL, 0}, proof = {NULL, 0};
static const char* state = NULL;

static voizk_verifier* verifier = NULL;
static voizk_status verify_at(int64_t now) {
  if (verifier != NULL) {
    return voizk_verifier_verify_once(verifier, challenge.data, challenge.size, pub.data, pub.size,
                                      proof.data, proof.size, state, at, &now);
  }
  return voizk_verify_once(bundle, challenge.data, challenge.size, pub.data, pub.size, proof.data,
                           proof.size, state, at, &now);
}

int main(int argc, char** argv) {
  static int16_t spoken[kCount][kSamples];
  const int16_t* pcm[kCount];
  size_t lengths[kCount];
  int64_t start = kNow - 1;
  uint8_t digest[32];
  voizk_bytes sealed = {NULL, 0};
  const char* refusal = NULL;
  voizk_status status = VOIZK_OK;
  if (argc != 3) return 2;
  state = argv[2];
  for (int i = 0; i < kCount; ++i) {
    speak(spoken[i], 139 + i);
    pcm[i] = spoken[i];
    lengths[i] = kSamples;
  }
  expect(voizk_bundle_open(argv[1], &bundle) == VOIZK_OK, "bundle opens");
  expect(voizk_bundle_digest(bundle, digest) == VOIZK_OK, "digest");
  expect(voizk_enrol(bundle, NULL, "bank.example", pcm, lengths, kCount, kNow, kPassphrase,
                     strlen(kPassphrase), 1, &sealed, &pub) == VOIZK_INVALID_ARGUMENT,
         "a bundle that nobody pinned");
  expect(voizk_enrol(bundle, digest, "bank.example", pcm, lengths, 2, kNow, kPassphrase,
                     strlen(kPassphrase), 1, &sealed, &pub) == VOIZK_INVALID_ARGUMENT,
         "two recordings are too few");
  expect(voizk_enrol(bundle, digest, "bank.example", pcm, lengths, kCount, kNow, kPassphrase,
                     strlen(kPassphrase), 1, &sealed, &pub) == VOIZK_OK,
         "enrolled");
  expect(voizk_challenge_new("bank.example", 5, kNow, 120, &challenge) == VOIZK_OK, "challenge");
  expect(voizk_prove(bundle, digest, sealed.data, sealed.size, "wrong", 5, challenge.data,
                     challenge.size, spoken[0], kSamples, 1, &proof,
                     &refusal) == VOIZK_WRONG_PASSPHRASE,
         "wrong passphrase");
  expect(voizk_prove(bundle, NULL, sealed.data, sealed.size, kPassphrase, strlen(kPassphrase),
                     challenge.data, challenge.size, spoken[0], kSamples, 1, &proof,
                     &refusal) == VOIZK_INVALID_ARGUMENT,
         "nor is anything proven with it");
  memset(spoken[1], 0, sizeof spoken[1]);
  expect(voizk_prove(bundle, digest, sealed.data, sealed.size, kPassphrase, strlen(kPassphrase),
                     challenge.data, challenge.size, spoken[1], kSamples, 1, &proof,
                     &refusal) == VOIZK_REFUSED,
         "silence is refused");
  expect(refusal != NULL && proof.data == NULL, "with a reason and no proof");
  expect(voizk_prove(bundle, digest, sealed.data, sealed.size, kPassphrase, strlen(kPassphrase),
                     challenge.data, challenge.size, spoken[0], kSamples, 2, &proof,
                     &refusal) == VOIZK_OK,
         "proven");
  expect(verify_at(kNow + 5) == VOIZK_NOT_FOUND, "no state was made");
  expect(voizk_state_init(state, at, &start) == VOIZK_OK, "state");
  expect(voizk_state_init(state, at, &start) == VOIZK_INVALID_ARGUMENT, "once only");
  proof.data[proof.size / 2] ^= 1;
  status = verify_at(kNow + 5);
  expect(status == VOIZK_PROOF_REJECTED || status == VOIZK_PROOF_MALFORMED, "tampered");
  proof.data[proof.size / 2] ^= 1;
  expect(verify_at(kNow + 500) == VOIZK_CHALLENGE_EXPIRED, "expired");
  expect(voizk_verifier_open(bundle, 1 << 26, &verifier) == VOIZK_OK, "verifier opens");
  voizk_bundle_close(bundle);
  expect(verify_at(kNow + 500) == VOIZK_CHALLENGE_EXPIRED, "expired to a verifier too");
  expect(verify_at(kNow + 5) == VOIZK_OK, "accepted");
  expect(verify_at(kNow + 5) == VOIZK_CHALLENGE_USED, "once");
  voizk_verifier_close(verifier);
  verifier = NULL;
  expect(voizk_bundle_open(argv[1], &bundle) == VOIZK_OK, "bundle opens again");
  expect(verify_at(kNow + 5) == VOIZK_CHALLENGE_USED, "once without a verifier too");
  expect(verify_at(kNow - 600) == VOIZK_INVALID_ARGUMENT, "the clock was set back");
  voizk_free(&sealed);
  voizk_free(&pub);
  voizk_free(&challenge);
  voizk_free(&proof);
  voizk_bundle_close(bundle);
  return failures == 0 ? 0 : 1;
}
