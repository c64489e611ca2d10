// Status and Result<T>: every fallible function of voizk returns one of them, and no function that
// does ever throws: running out of memory, on any of its threads, is kOutOfMemory.  (What returns a
// plain string or vector, and copies of values, may throw std::bad_alloc and nothing else.)  An
// Error carries a code that callers switch on and a text for people; the text never contains secret
// values (PCM, template, salt, witness).  An Error about bytes of others also says which check they
// failed and where, for callers and tests to compare.
#ifndef VOIZK_RESULT_H_
#define VOIZK_RESULT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
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
  kOutOfMemory,       // the system gave no memory; the same call may succeed later
};

/// The check that bytes of others failed.  The first five are every parser's (kMalformed for files,
/// kProofMalformed for proofs), kPublicInput is of the statement (kInvalidArgument), the others are
/// the verifier's (kProofRejected).
enum class Check : uint8_t {
  kLength,          // bytes are missing or left over; expected and actual count bytes
  kHeader,          // another magic number, version or degree than expected
  kLimit,           // a count above its limit, or above what the bytes left can hold
  kCanonical,       // a field element is not below p; expected is p
  kValue,           // any other value that its place does not allow
  kPublicInput,     // a public input of another size than the relation's, or out of its range
  kBucket,          // a length bucket is not among those allowed, or holds too little
  kPhrases,         // an enrolment has too few phrases, or too many
  kWork,            // the work before a challenge was not done
  kZeroCoordinate,  // a challenge that the protocol divides by is zero
  kMerklePath,      // opened columns do not lead to their root
  kConstraints,     // the masked scalars violate what the protocol requires of them
  kResponses,       // the responses differ from what the opened columns say (commitment.md, 2)
  kFold,            // the folded responses differ from their commitment
};
/// "length", "merkle_path", ..: stable, for machines.
std::string_view Name(Check check);

/// What an Error knows of a failed check.  Never secret; numbers that depend on the witness of a
/// rejected proof (sums and responses) are left out, because such a proof does not hide them.
struct Rejection {
  enum class Unit : uint8_t {
    kNone,    // the check is on the whole
    kByte,    // offset into the bytes that were parsed
    kRound,   // coordinate of the sum-check's point, from 0
    kColumn,  // index of a column of the responses' code (docs/protocol/commitment.md)
  };
  Check check = Check::kValue;
  Unit unit = Unit::kNone;
  uint64_t position = 0;
  std::optional<uint64_t> expected = {}, actual = {};  // where there are such numbers
};

struct Error {
  ErrorCode code;
  std::string message;
  std::optional<Rejection> rejection = {};  // always there for kProofMalformed, kProofRejected
  /// Is this the failure of that check?
  bool Failed(Check check) const { return rejection && rejection->check == check; }
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
#define VOIZK_RETURN_IF_ERROR(expr)                                                         \
  do {                                                                                      \
    if (const auto& voizk_status = (expr); !voizk_status.ok()) return voizk_status.error(); \
  } while (0)
#define VOIZK_ASSIGN_OR_RETURN(lhs, expr) \
  VOIZK_ASSIGN_OR_RETURN_IMPL(VOIZK_CONCAT(voizk_result_, __LINE__), lhs, expr)
#define VOIZK_ASSIGN_OR_RETURN_IMPL(tmp, lhs, expr) \
  auto tmp = (expr);                                \
  if (!tmp.ok()) return tmp.error();                \
  lhs = std::move(tmp).value()

}  // namespace voizk

#endif  // VOIZK_RESULT_H_
