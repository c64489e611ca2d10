// voizk in a browser or in Node: enrol a voice, check and prove a phrase, verify a proof. No audio leaves the process.
//
//   const voizk = await load();
//   const { sealed, publicCredential } = await voizk.enrol({ party, recordings, passphrase });
//   const credential = await voizk.open(sealed, passphrase);
//   const result = await voizk.prove(credential, challengeJson, pcm);
//   if (result.accepted) send(result.proof); else show(result.message);
//   credential.close();
//
// Recordings are 16-bit mono at `sampleRate`. Every failure is a VoizkError; a refused recording and a rejected proof
// are values. Calls on one object run one after another.
import { shippedBundleDigest } from "./bundle.js";
import { Engine, type EngineOptions, type Source } from "./engine.js";
import type { Answer, Arguments, Method, Reply, Request, SentSource, Started } from "./messages.js";
import {
  VoizkError,
  type CaptureState,
  type Checked,
  type Enrolled,
  type ErrorCode,
  type ProveResult,
  type Verdict,
} from "./outcome.js";

export { shippedBundleDigest } from "./bundle.js";
export { VoizkError } from "./outcome.js";
export type { Source } from "./engine.js";
export type {
  Accepted,
  CaptureState,
  Checked,
  Enrolled,
  ErrorCode,
  ProveResult,
  Proven,
  Refusal,
  Refused,
  Rejected,
  Verdict,
} from "./outcome.js";

export interface LoadOptions {
  /** The module; by default the package's own file. */
  readonly wasm?: Source;
  /** The bundle's two files; by default those of the package. */
  readonly bundleJson?: Source;
  readonly bundleWeights?: Source;
  /** The digest of the bundle that the user trusts with their voice, from elsewhere than the bundle. */
  readonly pinnedDigest?: string;
  /** Whether to work in a worker; by default in a browser's page, so that it stays responsive. */
  readonly worker?: boolean;
}
export interface EnrolOptions {
  /** The relying party's name. */
  readonly party: string;
  readonly recordings: readonly Int16Array[];
  /** 8 to 1024 bytes. */
  readonly passphrase: string;
  readonly onProgress?: (fraction: number) => void;
}
export interface VerifyOptions {
  readonly challenge: string;
  readonly publicCredential: string;
  readonly proof: Uint8Array;
  /** Seconds since the epoch; by default the system's clock. */
  readonly now?: number;
}

/** A credential that lies open in the module's memory until close(). */
export interface Credential {
  readonly publicCredential: string;
  close(): Promise<void>;
}

/** One recording from a microphone, at the device's rate; what has passed `end` or `drop` is gone. */
export class Recording {
  /** Of Voizk.record(). */
  constructor(
    private readonly host: Host,
    private readonly handle: number,
  ) {}
  /** Samples in [-1, 1], in order. */
  push(samples: Float32Array): Promise<CaptureState> {
    return this.host.call("pushCapture", [this.handle, samples]);
  }
  /** The whole recording at `sampleRate`, ready for enrol, check and prove. At most a minute. */
  end(): Promise<Int16Array> {
    return this.host.call("endCapture", [this.handle]);
  }
  /** Throws it away. */
  drop(): Promise<void> {
    return this.host.call("dropCapture", [this.handle]);
  }
}

interface Host {
  readonly sampleRate: number;
  readonly memory: number;
  readonly ended: boolean;
  call<M extends Method>(method: M, args: Arguments<M>, progress?: (fraction: number) => void): Promise<Answer<M>>;
  end(): void;
}

class OpenCredential implements Credential {
  constructor(
    private readonly host: Host,
    readonly handle: number,
    readonly publicCredential: string,
  ) {}
  async close(): Promise<void> {
    try {
      await this.host.call("close", [this.handle]);
    } catch (error) {
      if (!this.host.ended) throw error; // else it has ended with the module
    }
  }
}

export class Voizk {
  /** Of load(). */
  constructor(private readonly host: Host) {}

  /** Hertz. */
  get sampleRate(): number {
    return this.host.sampleRate;
  }
  /** Bytes that the module takes, as of the last call. */
  get memory(): number {
    return this.host.memory;
  }

  /** Averages several recordings into a credential. "refused": the message says what to change. */
  enrol(options: EnrolOptions): Promise<Enrolled> {
    const { party, recordings, passphrase, onProgress } = options;
    return this.host.call("enrol", [party, recordings, passphrase, Number.NaN], onProgress);
  }
  /** "wrongPassphrase", "malformed". */
  async open(sealed: Uint8Array, passphrase: string): Promise<Credential> {
    const { handle, publicCredential } = await this.host.call("open", [sealed, passphrase]);
    return new OpenCredential(this.host, handle, publicCredential);
  }
  /** Whether this recording would be proven for this challenge (JSON). */
  check(credential: Credential, challenge: string, pcm: Int16Array): Promise<Checked> {
    return this.host.call("check", [handleOf(credential), challenge, pcm]);
  }
  /** Checks the recording, then proves it. */
  prove(
    credential: Credential,
    challenge: string,
    pcm: Int16Array,
    onProgress?: (fraction: number) => void,
  ): Promise<ProveResult> {
    return this.host.call("prove", [handleOf(credential), challenge, pcm], onProgress);
  }
  /** The relying party's check, but for used challenges, which it has to remember itself. */
  verify(options: VerifyOptions): Promise<Verdict> {
    const { challenge, publicCredential, proof, now = Number.NaN } = options;
    return this.host.call("verify", [challenge, publicCredential, proof, now]);
  }
  /** The relying party's fresh challenge (JSON). */
  challenge(party: string, digits: number, lifetimeSeconds: number): Promise<string> {
    return this.host.call("challenge", [party, digits, lifetimeSeconds, Number.NaN]);
  }
  /** Begins a recording at the device's rate in hertz; speech has ended after so many seconds of silence. */
  async record(deviceRate: number, trailingSilence: number): Promise<Recording> {
    return new Recording(this.host, await this.host.call("beginCapture", [deviceRate, trailingSilence]));
  }
  /** What a device key signs: when it is registered (`registration`: the registration's id), and at a login. */
  registrationMessage(registration: string, publicCredential: string): Promise<Uint8Array> {
    return this.host.call("registrationMessage", [registration, publicCredential]);
  }
  loginMessage(challenge: string, proof: Uint8Array, publicCredential: string): Promise<Uint8Array> {
    return this.host.call("loginMessage", [challenge, proof, publicCredential]);
  }
  /** Whether this machine is fit; the vector instructions in use. */
  selfTest(): Promise<string> {
    return this.host.call("selfTest", []);
  }
  /** Gives the module and its memory back; open credentials end with it, and calls fail ("internal") from then on. To
   * be called too when a call failed so, before another module is loaded: what went wrong may have left it unusable. */
  end(): void {
    this.host.end();
  }
}

function handleOf(credential: Credential): number {
  if (!(credential instanceof OpenCredential)) {
    throw new VoizkError("invalidArgument", "the credential is not of open()");
  }
  return credential.handle;
}

class InThread implements Host {
  private engine: Engine | undefined;
  private constructor(engine: Engine) {
    this.engine = engine;
    this.sampleRate = engine.sampleRate;
  }
  readonly sampleRate: number;
  static async start(options: EngineOptions): Promise<Host> {
    return new InThread(await Engine.start(options));
  }
  get memory(): number {
    return this.engine?.memory ?? 0;
  }
  get ended(): boolean {
    return this.engine === undefined;
  }
  async call<M extends Method>(
    method: M,
    args: Arguments<M>,
    progress: (fraction: number) => void = () => {},
  ): Promise<Answer<M>> {
    if (this.engine === undefined) throw new VoizkError("internal", "ended");
    this.engine.onProgress = progress;
    const run = this.engine[method] as (...values: Arguments<M>) => Answer<M>;
    return run.apply(this.engine, args);
  }
  end(): void {
    this.engine = undefined;
  }
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: VoizkError): void;
  progress(fraction: number): void;
}

class InWorker implements Host {
  sampleRate = 0;
  memory = 0;
  private next = 0;
  private why: string | undefined; // it has ended
  private readonly waiting = new Map<number, Waiting>();
  private constructor(private readonly worker: Worker) {
    worker.onmessage = ({ data }: MessageEvent<Reply>) => this.receive(data);
    worker.onerror = (event) => this.fail(event.message || "the worker could not be started");
    worker.onmessageerror = () => this.fail("an answer of the worker could not be read");
  }
  static async start(options: EngineOptions): Promise<Host> {
    const host = new InWorker(new Worker(new URL("./worker.js", import.meta.url), { type: "module" }));
    const sent = (source: Source): SentSource => (source instanceof URL ? source.href : source);
    const start = {
      wasm: sent(options.wasm),
      bundleJson: sent(options.bundleJson),
      bundleWeights: sent(options.bundleWeights),
      pinnedDigest: options.pinnedDigest,
    };
    try {
      const started = (await host.post({ start })) as Started;
      host.sampleRate = started.sampleRate;
      return host;
    } catch (error) {
      host.end();
      throw error;
    }
  }
  async call<M extends Method>(
    method: M,
    args: Arguments<M>,
    progress?: (fraction: number) => void,
  ): Promise<Answer<M>> {
    return (await this.post({ method, args }, progress)) as Answer<M>;
  }
  end(): void {
    this.fail("ended");
  }
  get ended(): boolean {
    return this.why !== undefined;
  }
  private post(
    request: DistributiveOmit<Request, "id">,
    progress: (fraction: number) => void = () => {},
  ): Promise<unknown> {
    const id = this.next++;
    return new Promise((resolve, reject) => {
      if (this.why !== undefined) throw new VoizkError("internal", this.why);
      this.worker.postMessage({ ...request, id });
      this.waiting.set(id, { resolve, reject, progress });
    });
  }
  private receive(reply: Reply): void {
    const waiting = this.waiting.get(reply.id);
    if (waiting === undefined) return;
    if ("progress" in reply) return waiting.progress(reply.progress);
    this.waiting.delete(reply.id);
    if ("code" in reply) return waiting.reject(new VoizkError(reply.code as ErrorCode, reply.message));
    this.memory = reply.memory;
    waiting.resolve(reply.value);
  }
  /** Nobody answers from now on. */
  private fail(message: string): void {
    this.why ??= message;
    this.worker.terminate();
    for (const { reject } of this.waiting.values()) reject(new VoizkError("internal", message));
    this.waiting.clear();
  }
}
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** The module with a bundle. "invalidArgument": the bundle's digest is not the one that is trusted. */
export async function load(options: LoadOptions = {}): Promise<Voizk> {
  const complete: EngineOptions = {
    wasm: options.wasm ?? new URL("./voizk_module.wasm", import.meta.url),
    bundleJson: options.bundleJson ?? new URL("./digits8k/bundle.json", import.meta.url),
    bundleWeights: options.bundleWeights ?? new URL("./digits8k/weights.bin", import.meta.url),
    pinnedDigest: options.pinnedDigest ?? shippedBundleDigest,
  };
  const inWorker = options.worker ?? typeof window === "object";
  return new Voizk(inWorker ? await InWorker.start(complete) : await InThread.start(complete));
}
