/* Where libsodium draws randomness in a WebAssembly module: crypto.getRandomValues, by getentropy. Without one the module
 * aborts; there is no weaker source to fall back to. */
#include <sodium/randombytes.h>
#include <stdlib.h>
#include <unistd.h>

static const char *Name(void) { return "crypto.getRandomValues"; }

static void Draw(void *const to, const size_t size) {
  const size_t kMost = 256; /* of one call of getentropy */
  for (size_t done = 0; done < size;) {
    const size_t now = size - done < kMost ? size - done : kMost;
    if (getentropy((unsigned char *)to + done, now) != 0) abort();
    done += now;
  }
}

static uint32_t Word(void) {
  uint32_t word;
  Draw(&word, sizeof word);
  return word;
}

struct randombytes_implementation voizk_randomness = {
    .implementation_name = Name, .random = Word, .stir = NULL, .uniform = NULL, .buf = Draw, .close = NULL};
