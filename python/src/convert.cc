#include "convert.h"

namespace voizk::python {
namespace {

const char* Name(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return "InvalidArgument";
    case ErrorCode::kNotFound:
      return "NotFound";
    case ErrorCode::kIo:
      return "Io";
    case ErrorCode::kMalformed:
      return "Malformed";
    case ErrorCode::kUnsupported:
      return "Unsupported";
    case ErrorCode::kLimitExceeded:
      return "LimitExceeded";
    case ErrorCode::kProofMalformed:
      return "ProofMalformed";
    case ErrorCode::kProofRejected:
      return "ProofRejected";
    case ErrorCode::kChallengeExpired:
      return "ChallengeExpired";
    case ErrorCode::kChallengeUsed:
      return "ChallengeUsed";
    case ErrorCode::kRefused:
      return "Refused";
    case ErrorCode::kWrongPassphrase:
      return "WrongPassphrase";
    case ErrorCode::kOutOfMemory:
      return "OutOfMemory";
    case ErrorCode::kInternal:
      break;
  }
  return "Internal";
}

[[noreturn]] void Throw(const char* name, const py::object& exception) {
  const py::object type = py::module_::import("voizk._errors").attr(name);
  PyErr_SetObject(type.ptr(), exception.ptr());
  throw py::error_already_set();
}

}  // namespace

void Raise(const Error& error) {
  const char* const name = Name(error.code);
  const py::object type = py::module_::import("voizk._errors").attr(name);
  const std::string check(error.rejection ? voizk::Name(error.rejection->check) : "");
  Throw(name, type(error.message, check));
}

void RaiseRefused(const char* reason, const char* text) {
  const py::object type = py::module_::import("voizk._errors").attr("Refused");
  Throw("Refused", type(text, reason));
}

std::vector<uint8_t> ToVector(const py::bytes& bytes) {
  const std::string_view view = bytes;
  return {view.begin(), view.end()};
}

SecureVector<char> ToSecret(const py::bytes& bytes) {
  const std::string_view view = bytes;
  return {view.begin(), view.end()};
}

SecureVector<int16_t> ToSamples(const Pcm& pcm) {
  if (pcm.ndim() != 1) Raise({ErrorCode::kInvalidArgument, "a recording has one dimension"});
  return {pcm.data(), pcm.data() + pcm.size()};
}

py::bytes ToBytes(std::span<const uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace voizk::python
