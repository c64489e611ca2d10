/* C interface of voizk: the relying party's check and the user's proof, over opaque bytes.
 *
 * Every function returns a voizk_status; VOIZK_OK is 0.  No function throws, prints, prompts or
 * keeps global state; calls on different objects may run in parallel.  Output buffers are allocated
 * by the library and given back with voizk_free (which zeroes them).  Texts are UTF-8, ended by a
 * zero. */
#ifndef VOIZK_C_INTERFACE_H_
#define VOIZK_C_INTERFACE_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum voizk_status {
  VOIZK_OK = 0,
  VOIZK_INVALID_ARGUMENT = 1,
  VOIZK_NOT_FOUND = 2,
  VOIZK_IO = 3,
  VOIZK_MALFORMED = 4,
  VOIZK_UNSUPPORTED = 5,
  VOIZK_LIMIT_EXCEEDED = 6,
  VOIZK_PROOF_MALFORMED = 7,
  VOIZK_PROOF_REJECTED = 8,
  VOIZK_CHALLENGE_EXPIRED = 9,
  VOIZK_CHALLENGE_USED = 10,
  VOIZK_REFUSED = 11, /* the recording is refused locally */
  VOIZK_WRONG_PASSPHRASE = 12,
  VOIZK_INTERNAL = 13,
  VOIZK_OUT_OF_MEMORY = 14
} voizk_status;

typedef struct voizk_bundle voizk_bundle;

typedef struct voizk_bytes {
  uint8_t* data;
  size_t size;
} voizk_bytes;

/* Zeroes and frees what the library allocated; {NULL, 0} is fine. */
void voizk_free(voizk_bytes* bytes);

/* A short text for people. */
const char* voizk_status_text(voizk_status status);

/* folder NULL: the bundle built in. */
voizk_status voizk_bundle_open(const char* folder, voizk_bundle** bundle);
void voizk_bundle_close(voizk_bundle* bundle);
int voizk_bundle_sample_rate(const voizk_bundle* bundle);
/* digest: room for 32 bytes. */
voizk_status voizk_bundle_digest(const voizk_bundle* bundle, uint8_t* digest);

/* Relying party: a fresh challenge as JSON. now in seconds since the epoch. */
voizk_status voizk_challenge_new(const char* relying_party, size_t digits, int64_t now,
                                 int64_t lifetime_seconds, voizk_bytes* json);

/* Seconds since the epoch.  Asked at each decision, from the calling thread. */
typedef int64_t (*voizk_clock)(void* context);

/* Relying party: makes the folder that remembers used challenges, once.  clock NULL: the
 * system's. */
voizk_status voizk_state_init(const char* state_folder, voizk_clock clock, void* clock_context);

/* Relying party: checks a proof against its own challenge (JSON or canonical bytes) and the public
 * credential (JSON) that it stored, then marks the challenge used in state_folder, which must have
 * been made by voizk_state_init (VOIZK_NOT_FOUND otherwise).  The challenge must be valid when the
 * proof has been checked and when it is marked.  clock NULL: the system's. */
voizk_status voizk_verify_once(const voizk_bundle* bundle, const uint8_t* challenge,
                               size_t challenge_size, const uint8_t* credential,
                               size_t credential_size, const uint8_t* proof, size_t proof_size,
                               const char* state_folder, voizk_clock clock, void* clock_context);

/* Relying party with many logins: keeps the certified relation of each bucket and number of digits,
 * those used last, of at most max_bytes together (96 MB hold all of the bundle built in).  May be
 * used by several threads at once.  The bundle may be closed before it.  VOIZK_INVALID_ARGUMENT,
 * VOIZK_OUT_OF_MEMORY. */
typedef struct voizk_verifier voizk_verifier;
voizk_status voizk_verifier_open(const voizk_bundle* bundle, size_t max_bytes,
                                 voizk_verifier** verifier);
void voizk_verifier_close(voizk_verifier* verifier);
/* As voizk_verify_once. */
voizk_status voizk_verifier_verify_once(const voizk_verifier* verifier, const uint8_t* challenge,
                                        size_t challenge_size, const uint8_t* credential,
                                        size_t credential_size, const uint8_t* proof,
                                        size_t proof_size, const char* state_folder,
                                        voizk_clock clock, void* clock_context);

/* ---- The user's side; a program that links the verifier library alone does not have it. ---- */

/* pinned_digest, below: 32 bytes, the digest of the one bundle that the user trusts with their
 * voice besides the one built in (voizk/login.h, TrustedBundle says why).  It comes from the user,
 * never from where the bundle came from.  NULL: only the one built in.  Any other bundle is
 * VOIZK_INVALID_ARGUMENT. */

/* pcm: `count` recordings, 16-bit mono at the bundle's rate, lengths[i] samples each.  Gives the
 * sealed credential file (ciphertext) and the public part (JSON) for the relying party. */
voizk_status voizk_enrol(const voizk_bundle* bundle, const uint8_t* pinned_digest,
                         const char* relying_party, const int16_t* const* pcm,
                         const size_t* lengths, size_t count, int64_t now, const char* passphrase,
                         size_t passphrase_size, int threads, voizk_bytes* sealed_credential,
                         voizk_bytes* public_credential);

/* VOIZK_REFUSED: nothing may be sent; *refusal (if not NULL) is a static text that tells the user
 * what to change. */
voizk_status voizk_prove(const voizk_bundle* bundle, const uint8_t* pinned_digest,
                         const uint8_t* sealed_credential, size_t sealed_credential_size,
                         const char* passphrase, size_t passphrase_size, const uint8_t* challenge,
                         size_t challenge_size, const int16_t* pcm, size_t samples, int threads,
                         voizk_bytes* proof, const char** refusal);

#ifdef __cplusplus
}
#endif

#endif /* VOIZK_C_INTERFACE_H_ */
