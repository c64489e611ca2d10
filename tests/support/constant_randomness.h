// An operating system whose random numbers are always the same ones, as after a cloned or rolled
// back machine: libsodium's source is replaced while an object of this class lives.
#ifndef VOIZK_TESTS_SUPPORT_CONSTANT_RANDOMNESS_H_
#define VOIZK_TESTS_SUPPORT_CONSTANT_RANDOMNESS_H_

#include <sodium.h>

#include <cstring>

#if defined(__EMSCRIPTEN__)
extern "C" randombytes_implementation voizk_randomness;  // cmake/wasm/randomness.c
#endif

namespace voizk {

class ConstantRandomness {
 public:
  ConstantRandomness() {
    static randombytes_implementation constant = {
        .implementation_name = [] { return "constant"; },
        .random = [] { return uint32_t{0x5a5a5a5a}; },
        .stir = nullptr,
        .uniform = nullptr,
        .buf = [](void* out, size_t size) { std::memset(out, 0x5a, size); },
        .close = nullptr,
    };
    randombytes_set_implementation(&constant);
  }
  ~ConstantRandomness() { randombytes_set_implementation(Source()); }
  ConstantRandomness(const ConstantRandomness&) = delete;
  ConstantRandomness& operator=(const ConstantRandomness&) = delete;

 private:
  static randombytes_implementation* Source() {
#if defined(__EMSCRIPTEN__)
    return &voizk_randomness;
#else
    return &randombytes_sysrandom_implementation;
#endif
  }
};

}  // namespace voizk

#endif  // VOIZK_TESTS_SUPPORT_CONSTANT_RANDOMNESS_H_
