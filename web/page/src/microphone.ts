// From the microphone to 16 bits at the bundle's rate. The device's own rate is taken, and the browser's own
// processing of speech is switched off: resampling, levels and the end of speech are voizk's.
import type { Recording, Voizk } from "voizk";
import workletUrl from "./capture.worklet.js?url";

export type MicrophoneProblem = "refused" | "missing" | "failed";
export class MicrophoneError extends Error {
  constructor(readonly problem: MicrophoneProblem) {
    super(problem);
  }
}

export interface Level {
  /** dBFS. */
  readonly rms: number;
  readonly peak: number;
  readonly loud: boolean;
}
export interface Recorded {
  readonly pcm: Int16Array;
  /** Of the blocks that were loud. */
  readonly spokenSeconds: number;
  readonly began: boolean;
}

const blockSeconds = 0.02;

function problemOf(error: unknown): MicrophoneProblem {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "refused";
  return name === "NotFoundError" || name === "OverconstrainedError" ? "missing" : "failed";
}

function switchOff(stream: MediaStream | undefined): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

export class Microphone {
  private ended: (() => void) | undefined;

  private constructor(
    private readonly stream: MediaStream,
    private readonly context: AudioContext,
    /** What is heard, for a picture of it. */
    readonly analyser: AnalyserNode,
  ) {}

  /** Asks for it; to be called from a gesture. MicrophoneError. */
  static async open(): Promise<Microphone> {
    const context = new AudioContext();
    let stream: MediaStream | undefined;
    try {
      if (navigator.mediaDevices === undefined) throw new MicrophoneError("missing");
      const audio = { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false };
      stream = await navigator.mediaDevices.getUserMedia({ audio });
      await context.audioWorklet.addModule(workletUrl);
      await context.resume();
      const analyser = new AnalyserNode(context, { fftSize: 1024, smoothingTimeConstant: 0 });
      return new Microphone(stream, context, analyser);
    } catch (error) {
      switchOff(stream);
      await context.close().catch(() => {});
      throw error instanceof MicrophoneError ? error : new MicrophoneError(problemOf(error));
    }
  }

  /** Records until whoever spoke has been silent for `trailingSilence` seconds, stop() or `most` seconds; rejects when
   * `left` is aborted. */
  async record(
    voizk: Voizk,
    trailingSilence: number,
    most: number,
    left: AbortSignal,
    onLevel: (level: Level) => void,
  ): Promise<Recorded> {
    const recording = await voizk.record(this.context.sampleRate, trailingSilence);
    try {
      const heard = await this.hear(recording, most, left, onLevel);
      return { pcm: await recording.end(), ...heard };
    } catch (error) {
      await recording.drop().catch(() => {});
      throw error;
    }
  }

  private async hear(
    recording: Recording,
    most: number,
    left: AbortSignal,
    onLevel: (level: Level) => void,
  ): Promise<Omit<Recorded, "pcm">> {
    const [track] = this.stream.getAudioTracks();
    // Either may have come while the recording was begun: then no event tells of it any more.
    left.throwIfAborted();
    if (track === undefined || track.readyState === "ended") throw new MicrophoneError("failed");
    const source = this.context.createMediaStreamSource(this.stream);
    const worklet = new AudioWorkletNode(this.context, "capture", { numberOfOutputs: 1 });
    const silent = new GainNode(this.context, { gain: 0 }); // a graph that ends nowhere is not run
    let began = false;
    let spokenSeconds = 0;
    let clock: ReturnType<typeof setTimeout> | undefined;
    try {
      source.connect(this.analyser);
      source.connect(worklet).connect(silent).connect(this.context.destination);
      await new Promise<void>((resolve, reject) => {
        this.ended = resolve;
        left.addEventListener("abort", () => reject(left.reason), { once: true });
        track.addEventListener("ended", () => reject(new MicrophoneError("failed")));
        clock = setTimeout(resolve, most * 1000);
        worklet.port.onmessage = ({ data }: MessageEvent<Float32Array>) => {
          const pushed = recording.push(data).then((state) => {
            for (let i = 0; i + 2 < state.levels.length; i += 3) {
              const level = { rms: state.levels[i]!, peak: state.levels[i + 1]!, loud: state.levels[i + 2] === 1 };
              if (level.loud) spokenSeconds += blockSeconds;
              onLevel(level);
            }
            began ||= state.began;
            if (state.ended || state.full) resolve();
          });
          pushed.catch(reject).finally(() => data.fill(0));
        };
      });
      return { spokenSeconds, began };
    } finally {
      clearTimeout(clock);
      worklet.port.onmessage = null;
      source.disconnect();
      worklet.disconnect();
    }
  }

  stop(): void {
    this.ended?.();
  }

  /** Switches it off; the browser's sign that it listens goes out. */
  close(): void {
    switchOff(this.stream);
    void this.context.close();
  }
}
