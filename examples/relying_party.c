/* A relying party in C. It links voizk-verifier alone: no prover, no audio.
 *
 *   relying_party init STATE                                 once, before anything is asked
 *   relying_party ask PARTY CHALLENGE                        writes a fresh challenge of six digits
 *   relying_party check CHALLENGE CREDENTIAL PROOF STATE     exit 0: accepted, and used up
 *
 * CHALLENGE and CREDENTIAL are the party's own files: what it asked, and what it stored when the
 * person enrolled. STATE is its memory of used challenges: name it by an absolute path. Only PROOF
 * comes from outside. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <voizk/voizk.h>

enum { kMaxFileBytes = 16 << 20 };

typedef struct file {
  uint8_t* data;
  size_t size;
} file;

static int read_file(const char* path, file* out) {
  FILE* stream = fopen(path, "rb");
  out->data = malloc(kMaxFileBytes);
  out->size = 0;
  if (stream != NULL && out->data != NULL) out->size = fread(out->data, 1, kMaxFileBytes, stream);
  if (stream == NULL || ferror(stream) || !feof(stream)) {
    fprintf(stderr, "%s: cannot be read, or is too large\n", path);
    if (stream != NULL) fclose(stream);
    return 0;
  }
  fclose(stream);
  return 1;
}

static int ask(const char* party, const char* path) {
  voizk_bytes challenge = {NULL, 0};
  FILE* stream = NULL;
  int written = 0;
  const voizk_status status = voizk_challenge_new(party, 6, time(NULL), 120, &challenge);
  if (status != VOIZK_OK) {
    fprintf(stderr, "%s\n", voizk_status_text(status));
    return 2;
  }
  stream = fopen(path, "wb");
  if (stream != NULL) {
    written = fwrite(challenge.data, 1, challenge.size, stream) == challenge.size;
    written = fclose(stream) == 0 && written;
  }
  voizk_free(&challenge);
  return written ? 0 : 2;
}

static int init(const char* state) {
  const voizk_status status = voizk_state_init(state, NULL, NULL);
  if (status != VOIZK_OK) fprintf(stderr, "%s: %s\n", state, voizk_status_text(status));
  return status == VOIZK_OK ? 0 : 2;
}

static int check(const char* challenge_path, const char* credential_path, const char* proof_path,
                 const char* state) {
  file challenge = {NULL, 0}, credential = {NULL, 0}, proof = {NULL, 0};
  voizk_bundle* bundle = NULL;
  voizk_status status = VOIZK_IO;
  if (read_file(challenge_path, &challenge) && read_file(credential_path, &credential) &&
      read_file(proof_path, &proof)) {
    status = voizk_bundle_open(NULL, &bundle);
  }
  if (status == VOIZK_OK) {
    /* A service opens a voizk_verifier at its start and calls voizk_verifier_verify_once here. */
    status = voizk_verify_once(bundle, challenge.data, challenge.size, credential.data,
                               credential.size, proof.data, proof.size, state, NULL, NULL);
  }
  printf("%s\n", status == VOIZK_OK ? "accepted" : voizk_status_text(status));
  voizk_bundle_close(bundle);
  free(challenge.data);
  free(credential.data);
  free(proof.data);
  return status == VOIZK_OK ? 0 : 1;
}

int main(int argc, char** argv) {
  if (argc == 3 && strcmp(argv[1], "init") == 0) return init(argv[2]);
  if (argc == 4 && strcmp(argv[1], "ask") == 0) return ask(argv[2], argv[3]);
  if (argc == 6 && strcmp(argv[1], "check") == 0) return check(argv[2], argv[3], argv[4], argv[5]);
  fprintf(stderr,
          "usage: init STATE | ask PARTY CHALLENGE | check CHALLENGE CREDENTIAL PROOF STATE\n");
  return 2;
}
