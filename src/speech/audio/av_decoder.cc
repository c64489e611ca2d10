#include "speech/audio/av_decoder.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <string>

#include "speech/audio/av_library.h"
#include "speech/audio/av_samples.h"

namespace voizk {
namespace {

constexpr int kIoBuffer = 32 << 10;
constexpr std::size_t kMaxBlock = 32 << 20;
constexpr int kMaxStreams = 16;
constexpr std::int64_t kMaxFrame = 1 << 20;      // samples per channel that one packet may hold
constexpr std::int64_t kReadsOfEachByte = 8;     // what seeking to and fro may cost
constexpr std::int64_t kReadsAnyway = 16 << 20;  // bytes, for small files

constexpr std::array kCodecs = {
    AV_CODEC_ID_PCM_U8,    AV_CODEC_ID_PCM_S16LE,     AV_CODEC_ID_PCM_S16BE, AV_CODEC_ID_PCM_S24LE,
    AV_CODEC_ID_PCM_S24BE, AV_CODEC_ID_PCM_S32LE,     AV_CODEC_ID_PCM_S32BE, AV_CODEC_ID_PCM_F32LE,
    AV_CODEC_ID_PCM_F32BE, AV_CODEC_ID_PCM_F64LE,     AV_CODEC_ID_PCM_F64BE, AV_CODEC_ID_PCM_ALAW,
    AV_CODEC_ID_PCM_MULAW, AV_CODEC_ID_ADPCM_IMA_WAV, AV_CODEC_ID_ADPCM_MS,  AV_CODEC_ID_GSM_MS,
    AV_CODEC_ID_MP2,       AV_CODEC_ID_MP3,           AV_CODEC_ID_FLAC,      AV_CODEC_ID_VORBIS,
    AV_CODEC_ID_OPUS,      AV_CODEC_ID_SPEEX,         AV_CODEC_ID_AAC,       AV_CODEC_ID_ALAC,
    AV_CODEC_ID_AMR_NB,    AV_CODEC_ID_AMR_WB};

const char* DemuxerOf(Container container) {
  switch (container) {
    case Container::kWav:
      return "wav";
    case Container::kFlac:
      return "flac";
    case Container::kOgg:
      return "ogg";
    case Container::kMpeg:
      return "mp3";
    case Container::kMatroska:
      return "matroska";
    case Container::kMp4:
      return "mp4";
    case Container::kAdts:
      return "aac";
    case Container::kAmr:
      return "amr";
  }
  return "";
}

void PrepareLibraries() {
  static std::once_flag once;
  std::call_once(once, [] {
    Av().av_log_set_level(AV_LOG_QUIET);
    Av().av_max_alloc(kMaxBlock);
  });
}

/// libavformat's view of a part of a source.
struct Cursor {
  const ByteSource* source;
  Extent part;
  std::int64_t position = 0;
  std::int64_t budget = 0;  // bytes that may still be read
};

int CursorRead(void* user, std::uint8_t* out, int count) {
  auto* cursor = static_cast<Cursor*>(user);
  const auto wanted = std::min<std::int64_t>(count, cursor->part.size - cursor->position);
  if (wanted <= 0) return AVERROR_EOF;
  if ((cursor->budget -= wanted) < 0) return AVERROR_EXIT;
  const std::size_t got = cursor->source->ReadAt(cursor->part.begin + cursor->position,
                                                 {out, static_cast<std::size_t>(wanted)});
  cursor->position += static_cast<std::int64_t>(got);
  return got == 0 ? AVERROR_EOF : static_cast<int>(got);
}

std::int64_t CursorSeek(void* user, std::int64_t offset, int whence) {
  auto* cursor = static_cast<Cursor*>(user);
  if ((whence & AVSEEK_SIZE) != 0) return cursor->part.size;
  std::int64_t target = 0;
  const std::int64_t base = whence == SEEK_CUR   ? cursor->position
                            : whence == SEEK_END ? cursor->part.size
                                                 : 0;
  if (__builtin_add_overflow(base, offset, &target) || target < 0) return AVERROR(EINVAL);
  return cursor->position = target;
}

int OpenNothing(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) {
  return AVERROR(EPERM);
}

struct Deleter {
  void operator()(AVIOContext* io) const {
    Av().av_freep(&io->buffer);
    Av().avio_context_free(&io);
  }
  void operator()(AVFormatContext* format) const { Av().avformat_close_input(&format); }
  void operator()(AVCodecContext* codec) const { Av().avcodec_free_context(&codec); }
  void operator()(AVPacket* packet) const { Av().av_packet_free(&packet); }
  void operator()(AVFrame* frame) const { Av().av_frame_free(&frame); }
};
template <typename T>
using Owned = std::unique_ptr<T, Deleter>;

Status OutOfMemory() { return {ErrorCode::kOutOfMemory, "out of memory"}; }

/// `what` went wrong, with libav's words for it.
Status AvError(const char* what, int error) {
  char text[AV_ERROR_MAX_STRING_SIZE] = {};
  Av().av_strerror(error, text, sizeof text);
  if (error == AVERROR(ENOMEM)) {  // above kMaxBlock, as a rule
    return {ErrorCode::kLimitExceeded, std::string(what) + " asks for too much memory"};
  }
  return DamagedAudio((std::string(what) + ": " + text).c_str());
}

}  // namespace

struct AvDecoder::State {
  Cursor cursor;
  Container container;
  Owned<AVIOContext> io;  // outlives `format`, which reads through it
  Owned<AVFormatContext> format;
  Owned<AVCodecContext> codec;
  Owned<AVPacket> packet;
  Owned<AVFrame> frame;
  int stream = -1;
  bool draining = false;

  Status OpenFormat();
  Status OpenCodec();
  /// Feeds the decoder one packet of the track, or the end.
  Status Feed();
};

Status AvDecoder::State::OpenFormat() {
  auto* buffer = static_cast<std::uint8_t*>(Av().av_malloc(kIoBuffer));
  if (buffer == nullptr) return OutOfMemory();
  io.reset(Av().avio_alloc_context(buffer, kIoBuffer, 0, &cursor, CursorRead, nullptr, CursorSeek));
  if (io == nullptr) {
    Av().av_freep(&buffer);
    return OutOfMemory();
  }
  AVFormatContext* context = Av().avformat_alloc_context();
  if (context == nullptr) return OutOfMemory();
  context->pb = io.get();
  context->flags |= AVFMT_FLAG_CUSTOM_IO;
  context->io_open = OpenNothing;
  context->max_streams = kMaxStreams;
  context->max_probe_packets = 0;  // PCM is PCM, even if it looks like something else
  const AVInputFormat* demuxer = Av().av_find_input_format(DemuxerOf(container));
  if (demuxer == nullptr) {
    Av().avformat_free_context(context);
    return {ErrorCode::kUnsupported, "this container is not read by the installed libavformat"};
  }
  const int error =
      Av().avformat_open_input(&context, nullptr, demuxer, nullptr);  // frees on failure
  if (error < 0) return AvError("its header cannot be read", error);
  format.reset(context);
  for (unsigned i = 0; i < format->nb_streams; ++i) {
    AVStream* track = format->streams[i];
    const bool sound = track->codecpar->codec_type == AVMEDIA_TYPE_AUDIO;
    if (sound && stream < 0) stream = static_cast<int>(i);
    if (!sound || stream != static_cast<int>(i)) track->discard = AVDISCARD_ALL;
  }
  if (stream < 0) return {ErrorCode::kUnsupported, "the file has no sound track"};
  return {};
}

Status AvDecoder::State::OpenCodec() {
  const AVStream* track = format->streams[stream];
  const AVCodecID id = track->codecpar->codec_id;
  const AVCodec* decoder = Av().avcodec_find_decoder(id);
  if (decoder == nullptr || std::ranges::find(kCodecs, id) == kCodecs.end()) {
    return {ErrorCode::kUnsupported, std::string("the codec ") + Av().avcodec_get_name(id) +
                                         " is not read; convert it to WAV"};
  }
  codec.reset(Av().avcodec_alloc_context3(decoder));
  packet.reset(Av().av_packet_alloc());
  frame.reset(Av().av_frame_alloc());
  if (!codec || !packet || !frame) return OutOfMemory();
  int error = Av().avcodec_parameters_to_context(codec.get(), track->codecpar);
  codec->pkt_timebase = track->time_base;
  codec->thread_count = 1;
  codec->max_samples = kMaxFrame;
  // FLAC has checksums, and a decoder that is told to heed them.
  if (id == AV_CODEC_ID_FLAC) codec->err_recognition = AV_EF_CRCCHECK | AV_EF_EXPLODE;
  if (error >= 0) error = Av().avcodec_open2(codec.get(), decoder, nullptr);
  return error < 0 ? AvError("its codec's parameters are wrong", error) : Status();
}

Status AvDecoder::State::Feed() {
  for (;;) {
    const int error = Av().av_read_frame(format.get(), packet.get());
    if (error == AVERROR_EOF) {
      draining = true;
      Av().avcodec_send_packet(codec.get(), nullptr);
      return {};
    }
    if (error < 0) return AvError("it cannot be read further", error);
    const bool ours = packet->stream_index == stream;
    // A WAV of unknown length ends in a short packet; what it claims has been checked.
    const bool cut = (packet->flags & AV_PKT_FLAG_CORRUPT) != 0 && container != Container::kWav;
    const int sent = ours && !cut ? Av().avcodec_send_packet(codec.get(), packet.get()) : 0;
    Av().av_packet_unref(packet.get());
    if (ours && cut) return TruncatedAudio();
    if (sent < 0) return AvError("a part cannot be decoded", sent);
    if (ours) return {};
  }
}

Result<AvDecoder> AvDecoder::Open(const ByteSource& source, Container container, Extent part) {
  VOIZK_RETURN_IF_ERROR(OpenAvLibrary());
  PrepareLibraries();
  auto state = std::make_unique<State>();
  state->cursor = {&source, part, 0, kReadsAnyway + kReadsOfEachByte * part.size};
  state->container = container;
  VOIZK_RETURN_IF_ERROR(state->OpenFormat());
  VOIZK_RETURN_IF_ERROR(state->OpenCodec());
  return AvDecoder(std::move(state));
}

AvDecoder::AvDecoder(std::unique_ptr<State> state) : state_(std::move(state)) {}
AvDecoder::AvDecoder(AvDecoder&&) noexcept = default;
AvDecoder::~AvDecoder() = default;

Result<bool> AvDecoder::Next(AudioBlock* block) {
  for (;;) {
    const int error = Av().avcodec_receive_frame(state_->codec.get(), state_->frame.get());
    if (error == 0) {
      const bool taken = TakeSamples(*state_->frame, block);
      Av().av_frame_unref(state_->frame.get());
      if (!taken) return DamagedAudio("its samples are of no known form");
      if (!block->interleaved.empty()) return true;
      continue;
    }
    if (error == AVERROR_EOF) return false;
    if (error != AVERROR(EAGAIN)) return AvError("a part cannot be decoded", error);
    if (state_->draining) return false;
    VOIZK_RETURN_IF_ERROR(state_->Feed());
  }
}

std::int64_t AvDecoder::stated_frames() const {
  const AVStream* track = state_->format->streams[state_->stream];
  if (state_->container != Container::kFlac || track->duration <= 0) return -1;
  return Av().av_rescale_q(track->duration, track->time_base, {1, track->codecpar->sample_rate});
}

}  // namespace voizk
