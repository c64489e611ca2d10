#include "login/store/state_file.h"

#include <algorithm>

#include "base/bytes.h"
#include "crypto/hash/sha256.h"
#include "login/store/text.h"

namespace voizk {
namespace {

constexpr std::string_view kMagic = "voizkstt";
constexpr std::string_view kChecksumTag = "voizk state v1";
constexpr uint16_t kVersion = 1;
constexpr size_t kChecksumBytes = 32;
constexpr size_t kFileBytes = 8 + 2 + 3 * 8 + kChecksumBytes;
constexpr int64_t kMaxUnixSeconds = (int64_t{1} << 53) - 1;

std::string PathIn(const std::string& folder) { return folder + "/voizk-state"; }

Digest Checksum(ByteSpan before) {
  return Sha256().Update(PaddedTag(kChecksumTag)).Update(before).Finish();
}

Result<int64_t> ReadTime(ByteReader* reader) {
  VOIZK_ASSIGN_OR_RETURN(const int64_t time, reader->I64());
  if (time < 0 || time > kMaxUnixSeconds) return reader->Fail("a time is out of range");
  return time;
}

}  // namespace

Result<StateTimes> ReadState(const std::string& folder) {
  const Status folder_status = CheckPrivateFolder(folder);
  const auto file = ReadSmallFile(PathIn(folder), kFileBytes);
  const auto absent = [](const Status& status) {
    return !status.ok() && status.error().code == ErrorCode::kNotFound;
  };
  if (absent(folder_status) || (folder_status.ok() && absent(file.status()))) {
    return {ErrorCode::kNotFound,
            folder + ": no state folder (one is made once, by `voizk state init`)"};
  }
  if (!folder_status.ok()) return folder_status.error();
  VOIZK_RETURN_IF_ERROR(file.status());
  ByteReader reader(*file, ErrorCode::kMalformed, PathIn(folder));
  VOIZK_RETURN_IF_ERROR(ExpectMagic(&reader, kMagic, "state file of voizk"));
  VOIZK_ASSIGN_OR_RETURN(const uint16_t version, reader.U16());
  if (version != kVersion) {
    return {ErrorCode::kUnsupported, PathIn(folder) + ": version " + std::to_string(version) +
                                         "; this program reads version 1"};
  }
  StateTimes times;
  VOIZK_ASSIGN_OR_RETURN(times.created, ReadTime(&reader));
  VOIZK_ASSIGN_OR_RETURN(times.high_water, ReadTime(&reader));
  VOIZK_ASSIGN_OR_RETURN(times.prune_horizon, ReadTime(&reader));
  VOIZK_ASSIGN_OR_RETURN(const ByteSpan checksum, reader.Bytes(kChecksumBytes));
  VOIZK_RETURN_IF_ERROR(reader.ExpectEnd());
  const auto expected = Checksum(ByteSpan(*file).first(kFileBytes - kChecksumBytes));
  if (!std::equal(checksum.begin(), checksum.end(), expected.begin())) {
    return {ErrorCode::kMalformed, PathIn(folder) + ": damaged (the checksum does not match)"};
  }
  return times;
}

Status WriteState(const std::string& folder, const StateTimes& times, IfExists if_exists) {
  ByteWriter writer;
  writer.Bytes(AsBytes(kMagic));
  writer.U16(kVersion);
  writer.I64(times.created);
  writer.I64(times.high_water);
  writer.I64(times.prune_horizon);
  writer.Bytes(Checksum(writer.bytes()));
  return WriteFileAtomically(PathIn(folder), writer.bytes(), 0600, if_exists);
}

}  // namespace voizk
