// What a test program asks of memory.
#ifndef VOIZK_TESTS_NETWORK_MODEL_FILE_LARGEST_REQUEST_H_
#define VOIZK_TESTS_NETWORK_MODEL_FILE_LARGEST_REQUEST_H_

#include <cstddef>

namespace voizk {

/// Bytes of the largest single request to operator new since the last call, which it forgets.
size_t TakeLargestRequest();
/// Bytes of all requests together since the last call, given back or not.
size_t TakeAllRequests();

}  // namespace voizk

#endif  // VOIZK_TESTS_NETWORK_MODEL_FILE_LARGEST_REQUEST_H_
