// Which container a file is, which of its bytes are to be decoded, and whether they are all there.
// Decoders read a truncated file up to its end and report success; a login must not silently run
// on half a recording.
#ifndef VOIZK_SPEECH_AUDIO_CONTAINER_CHECK_H_
#define VOIZK_SPEECH_AUDIO_CONTAINER_CHECK_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/result.h"
#include "speech/audio/byte_source.h"

namespace voizk {

enum class Container { kWav, kFlac, kOgg, kMpeg, kMatroska, kMp4, kAdts, kAmr };

/// Bytes [begin, begin + size) of a source.
struct Extent {
  std::int64_t begin = 0;
  std::int64_t size = 0;
};

struct ContainerView {
  Container container;
  /// To be decoded one after another: the links of a chained Ogg, stretches of MPEG or ADTS frames;
  /// otherwise one.  Tags, zeros and (MPEG) other bytes before the sound are left out.
  std::vector<Extent> parts;
};

/// Recognises WAV (also RF64), FLAC, Ogg, MPEG audio, Matroska/WebM, MP4/M4A/3GP, ADTS and AMR by
/// content, never by name, behind ID3v2 tags and zeros too, and compares what the container states
/// with the bytes at hand:
///   WAV       the data chunk lies within the file.  0 (with samples behind it) and values from
///             0x7fff0000 are what a recorder writes that cannot go back: "up to the end";
///   Ogg       every page is whole, has its checksum and its number; no packet goes on behind the
///             last one.  Whether that one is marked as the last is not asked: Android's is not;
///   MPEG, ADTS  the last frame is whole; the byte count of a Xing/Info header lies in the file;
///   Matroska, MP4  elements of a stated size lie within the file.
/// FLAC states its samples, which decode.cc compares.  A recording cut between two frames, pages or
/// fragments, in a format that states no length, cannot be told from a whole one.
/// kMalformed: no audio file, or truncated, or damaged.  kUnsupported: a container not read here,
/// which is then named, or a WAV with several data chunks.  kLimitExceeded: more parts than a
/// recording has.
Result<ContainerView> CheckContainer(const ByteSource& source);

// What the checks share.

/// The errors above, worded once.
Status TooManyParts();
Status TruncatedAudio();
Status EmptyAudio();
Status DamagedAudio(const char* what);

/// Where the bytes behind an ID3v2 tag at `offset` begin; `offset` where there is none.
std::int64_t BehindTag(const ByteSource& source, std::int64_t offset);

/// Each walks its container from `begin` (its first byte) to the end of the source.
Status CheckWav(const ByteSource& source, std::int64_t begin);
Status CheckMp4(const ByteSource& source, std::int64_t begin);
Status CheckMatroska(const ByteSource& source, std::int64_t begin);
/// The links.
Result<std::vector<Extent>> CheckOgg(const ByteSource& source, std::int64_t begin);

/// Parts of one recording.
inline constexpr std::size_t kMaxParts = 256;

enum class FrameKind { kMpeg, kAdts };
/// Where frames of this kind begin: within `reach` bytes behind `begin`, three in a row, or fewer
/// that end with the source.  -1: nowhere.
std::int64_t FindFrames(const ByteSource& source, FrameKind kind, std::int64_t begin,
                        std::int64_t reach);
/// The stretches of frames from `first`, which FindFrames gave, on; tags and up to 64 KiB of other
/// bytes may lie between them.
Result<std::vector<Extent>> CheckFrames(const ByteSource& source, FrameKind kind,
                                        std::int64_t first);

}  // namespace voizk

#endif  // VOIZK_SPEECH_AUDIO_CONTAINER_CHECK_H_
