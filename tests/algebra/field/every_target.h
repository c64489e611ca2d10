// Tests of vector kernels on every vector unit of the machine, not only the widest.
#ifndef VOIZK_TESTS_ALGEBRA_FIELD_EVERY_TARGET_H_
#define VOIZK_TESTS_ALGEBRA_FIELD_EVERY_TARGET_H_

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <cstdint>

namespace voizk {

// Runs body once per target that this machine and this build support.
template <typename Body>
void OnEveryTarget(Body body) {
#if VOIZK_SCALAR || defined(__EMSCRIPTEN__)  // one target, chosen when it is compiled
  body();
#else
  const int64_t all = hwy::SupportedTargets();
  for (int64_t rest = all; rest != 0; rest &= rest - 1) {
    const int64_t target = rest & -rest;
    SCOPED_TRACE(hwy::TargetName(target));
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().DeInit();
    body();
  }
  hwy::SetSupportedTargetsForTest(0);  // back to all of them
  hwy::GetChosenTarget().DeInit();
#endif
}

}  // namespace voizk

#endif  // VOIZK_TESTS_ALGEBRA_FIELD_EVERY_TARGET_H_
