// Status and Result<T>: every fallible function of voizk returns one of them; nothing throws across
// a library boundary.  An Error carries a code that callers switch on and a text for people; the
// text never contains secret values (PCM, template, salt, witness).
#ifndef VOIZK_RESULT_H_
#define VOIZK_RESULT_H_

#include <string>
#include <utility>
#include <variant>

namespace voizk {

enum class ErrorCode {
  kInvalidArgument,   // the caller's parameters are off
  kNotFound,          // a file, device or credential does not exist
  kIo,                // reading or writing failed
  kMalformed,         // bytes of the caller (model, challenge, credential, audio) do not parse
  kUnsupported,       // well-formed, but outside what this version handles
  kLimitExceeded,     // a named limit is exceeded
  kProofMalformed,    // proof bytes do not parse
  kProofRejected,     // a check of the verifier fails
  kChallengeExpired,  //
  kChallengeUsed,     //
  kRefused,           // local refusal: the audio does not satisfy the statement (reason in text)
  kWrongPassphrase,   //
  kInternal,          // a broken invariant of ours
};

struct Error {
  ErrorCode code;
  std::string message;
};

/// Success or an Error.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Error error) : error_(std::move(error)), ok_(false) {}  // NOLINT: implicit by design
  Status(ErrorCode code, std::string message) : error_{code, std::move(message)}, ok_(false) {}
  bool ok() const { return ok_; }
  const Error& error() const { return error_; }

 private:
  Error error_{ErrorCode::kInternal, {}};
  bool ok_ = true;
};

/// A value or an Error.  value() may only be called when ok().
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT
  Result(Status status) : state_(std::in_place_index<1>, status.error()) {}  // NOLINT
  Result(ErrorCode code, std::string message)
      : state_(std::in_place_index<1>, Error{code, std::move(message)}) {}
  bool ok() const { return state_.index() == 0; }
  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &std::get<0>(state_); }
  const T* operator->() const { return &std::get<0>(state_); }
  const Error& error() const { return std::get<1>(state_); }
  Status status() const { return ok() ? Status() : Status(error()); }

 private:
  std::variant<T, Error> state_;
};

#define VOIZK_CONCAT_INNER(a, b) a##b
#define VOIZK_CONCAT(a, b) VOIZK_CONCAT_INNER(a, b)
#define VOIZK_RETURN_IF_ERROR(expr)                                                  \
  do {                                                                               \
    if (auto voizk_status = (expr); !voizk_status.ok()) return voizk_status.error(); \
  } while (0)
#define VOIZK_ASSIGN_OR_RETURN(lhs, expr) \
  VOIZK_ASSIGN_OR_RETURN_IMPL(VOIZK_CONCAT(voizk_result_, __LINE__), lhs, expr)
#define VOIZK_ASSIGN_OR_RETURN_IMPL(tmp, lhs, expr) \
  auto tmp = (expr);                                \
  if (!tmp.ok()) return tmp.error();                \
  lhs = std::move(tmp).value()

}  // namespace voizk

#endif  // VOIZK_RESULT_H_
