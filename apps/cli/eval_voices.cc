#include "eval_voices.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mutex>
#include <unordered_map>

#include "base/files.h"
#include "login/user/voice_model.h"

namespace voizk::cli {
namespace {

ByteSpan Bytes(std::span<const char> text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

/// What changes when another recording takes a file's place.
std::string StampOf(const std::string& path, const UtteranceTable::Piece& piece) {
  struct stat found {};
  if (stat(path.c_str(), &found) != 0) return "";
  return fmt::format("{}|{}|{}.{}|{}|{}", path, found.st_size, found.st_mtim.tv_sec,
                     found.st_mtim.tv_nsec, piece.start_s, piece.duration_s);
}

Status NotOwners(const std::string& path) {
  return {ErrorCode::kInvalidArgument,
          path + ": it holds biometric data, so it has to be a file of yours with mode 0600"};
}

}  // namespace

KeptFile::KeptFile(KeptFile&& other) noexcept
    : path_(std::move(other.path_)),
      fd_(std::exchange(other.fd_, -1)),
      voices_(std::move(other.voices_)) {}

KeptFile::~KeptFile() {
  if (fd_ >= 0) close(fd_);
}

Result<KeptFile> KeptFile::Open(const std::string& path, const std::array<uint8_t, 32>& digest) {
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return {ErrorCode::kIo, path + ": cannot be opened for writing"};
  KeptFile file(path, fd);
  struct stat found {};
  if (fstat(fd, &found) != 0 || !S_ISREG(found.st_mode) || found.st_uid != geteuid() ||
      (found.st_mode & 077) != 0) {
    return NotOwners(path);
  }
  VOIZK_ASSIGN_OR_RETURN(const auto bytes, ReadSecretFile(path, kMaxTextBytes));
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  VOIZK_ASSIGN_OR_RETURN(file.voices_, ParseKept(text, path, digest));
  // What a kill left half written would spoil the next line.
  const size_t whole = text.rfind('\n') + 1;
  if (ftruncate(fd, static_cast<off_t>(whole)) != 0) {
    return {ErrorCode::kIo, path + ": cannot be written"};
  }
  if (whole == 0 && !WriteAll(fd, Bytes(KeptHeader(digest)))) {
    return {ErrorCode::kIo, path + ": cannot be written"};
  }
  return file;
}

Status KeptFile::Add(const KeptVoice& voice) {
  const SecureVector<char> line = FormatKept(voice);
  if (WriteAll(fd_, Bytes(line))) return {};
  return {ErrorCode::kIo, path_ + ": cannot be written"};
}

Status KeptFile::Delete() {
  if (unlink(path_.c_str()) == 0) return {};
  return {ErrorCode::kIo, path_ + ": cannot be deleted; it holds biometric data"};
}

Result<EvalVoices> EmbedAll(const EvalOptions& options, const Context& context,
                            const Bundle& bundle, const TrialPlan& plan,
                            const std::vector<EvalRecording>& recordings, KeptFile* kept) {
  EvalVoices all;
  all.voices.resize(recordings.size());
  all.heard.resize(recordings.size());
  const std::vector<std::string> paths = PathsOf(options, recordings);
  for (size_t u = 0; u < recordings.size(); ++u) {
    all.voices[u].id = plan.utterances[u];
    all.voices[u].stamp = StampOf(paths[u], recordings[u].piece);
  }
  if (kept != nullptr) {
    for (KeptVoice& voice : kept->voices()) {
      const auto u = plan.utterances.Find(voice.id);
      if (!u || all.voices[*u].stamp != voice.stamp) continue;
      all.resumed += all.heard[*u] ? 0 : 1;
      all.heard[*u] = true;
      all.voices[*u] = std::move(voice);
    }
  }
  VoiceModel model(bundle);
  std::mutex mutex;
  std::optional<Error> unkept;
  const std::vector<bool> skip = all.heard;
  const auto hear = [&](size_t u, const PcmBuffer& pcm) -> Status {
    VOIZK_ASSIGN_OR_RETURN(UtteranceVoice voice, model.Embed(pcm.samples, nullptr));
    const std::lock_guard lock(mutex);
    all.voices[u].seconds = pcm.seconds();
    all.voices[u].voice = std::move(voice);
    all.heard[u] = true;
    if (kept == nullptr || unkept) return {};
    if (const Status added = kept->Add(all.voices[u]); !added.ok()) unkept = added.error();
    return {};
  };
  all.outcome = HearAll(options, context, bundle, recordings, skip, hear);
  if (unkept) return *unkept;
  return all;
}

}  // namespace voizk::cli
