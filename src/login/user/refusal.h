// From the codes with which the model's steps refuse to the reasons that a user is told.
#ifndef VOIZK_LOGIN_USER_REFUSAL_H_
#define VOIZK_LOGIN_USER_REFUSAL_H_

#include <string_view>

#include "voizk/login.h"

namespace voizk {

/// code: the message of a kRefused error of the executor.
Refusal RefusalOf(std::string_view code);

}  // namespace voizk

#endif  // VOIZK_LOGIN_USER_REFUSAL_H_
