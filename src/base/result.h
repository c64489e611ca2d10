#ifndef VOIZK_BASE_RESULT_H_
#define VOIZK_BASE_RESULT_H_

#include "voizk/result.h"  // IWYU pragma: export

#endif  // VOIZK_BASE_RESULT_H_
