// SecureVector and SecureArray are part of the public API.
#ifndef VOIZK_BASE_SECURE_H_
#define VOIZK_BASE_SECURE_H_

#include "voizk/secure.h"

#endif  // VOIZK_BASE_SECURE_H_
