// The WebAssembly module as a synchronous object: what is passed is copied into its memory and overwritten there
// afterwards, what it gives is copied out and freed. In a browser it runs in a worker (worker.ts).
import makeModule, { type Module } from "./voizk_module.js";
import {
  errorCodes,
  refusals,
  VoizkError,
  type CaptureState,
  type Checked,
  type Enrolled,
  type ProveResult,
  type Refused,
  type Verdict,
} from "./outcome.js";

/** Where bytes come from: the bytes, or an address. */
export type Source = Uint8Array | URL;

export interface EngineOptions {
  readonly wasm: Source;
  readonly bundleJson: Source;
  readonly bundleWeights: Source;
  /** SHA-256 digest of the bundle that its user trusts, in hex. */
  readonly pinnedDigest: string;
}

/** Offsets, in words, of web/module/outcome.h's Outcome. */
const word = { failed: 0, code: 1, refusal: 2, bucket: 3, handle: 4, text: 5, first: 7, second: 9 } as const;

interface Outcome {
  readonly refusal: number;
  readonly bucket: number;
  readonly handle: number;
  readonly first: Uint8Array;
  readonly second: Uint8Array;
}

const inNode = typeof process === "object" && typeof process?.versions?.node === "string";
declare const process: { versions?: { node?: string } } | undefined;

export async function bytesOf(source: Source): Promise<Uint8Array> {
  if (source instanceof Uint8Array) return source;
  if (inNode && source.protocol === "file:") {
    const { readFile } = await import("node:fs/promises");
    return readFile(source);
  }
  const response = await fetch(source);
  if (!response.ok) throw new VoizkError("io", `${source.href}: HTTP ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

async function compile(source: Source): Promise<WebAssembly.Module> {
  if (source instanceof URL && source.protocol !== "file:") {
    return WebAssembly.compileStreaming(fetch(source));
  }
  return WebAssembly.compile((await bytesOf(source)) as Uint8Array<ArrayBuffer>);
}

function digestBytes(hex: string): Uint8Array {
  if (!/^[0-9a-f]{64}$/.test(hex)) throw new VoizkError("invalidArgument", "a digest has 64 lower-case hex digits");
  return Uint8Array.from(hex.match(/../g)!, (pair) => Number.parseInt(pair, 16));
}

export class Engine {
  /** What the module says of its progress, 0 to 1, during enrol, check and prove. */
  onProgress: (fraction: number) => void = () => {};
  private readonly credentials = new Set<number>();
  private readonly captures = new Set<number>();
  private bundle = 0;
  private broken = false;

  private constructor(private readonly module: Module) {}

  static async start(options: EngineOptions): Promise<Engine> {
    if (globalThis.crypto === undefined && inNode) {  // Node 18
      globalThis.crypto = (await import("node:crypto")).webcrypto;
    }
    const [compiled, json, weights] = await Promise.all([
      compile(options.wasm),
      bytesOf(options.bundleJson),
      bytesOf(options.bundleWeights),
    ]);
    let engine: Engine | undefined;
    const module = await new Promise<Module>((resolve, reject) => {
      makeModule({
        instantiateWasm(imports, done) {
          WebAssembly.instantiate(compiled, imports).then(done, reject);
          return {};
        },
        onProgress: (fraction) => engine?.onProgress(fraction),
      }).then(resolve, reject);
    });
    engine = new Engine(module);
    const { handle } = engine.call(
      [json, weights, digestBytes(options.pinnedDigest)],
      (j, w, pinned) => module._voizk_bundle(j!, json.length, w!, weights.length, pinned!),
    );
    engine.bundle = handle;
    return engine;
  }

  /** Hertz, of every recording. */
  get sampleRate(): number {
    return this.module._voizk_bundle_rate(this.bundle);
  }

  enrol(party: string, recordings: readonly Int16Array[], passphrase: string, now: number): Enrolled {
    const lengths = Uint32Array.from(recordings, (pcm) => pcm.length);
    const all = new Int16Array(lengths.reduce((sum, n) => sum + n, 0));
    let at = 0;
    for (const pcm of recordings) {
      all.set(pcm, at);
      at += pcm.length;
    }
    const name = utf8(party);
    const secret = utf8(passphrase);
    try {
      const made = this.call([name, all, lengths, secret], (n, pcm, sizes, s) =>
        this.module._voizk_enrol_voice(
          this.bundle, n!, name.length, pcm!, sizes!, recordings.length, now, s!, secret.length,
        ),
      );
      return { sealed: made.first, publicCredential: text(made.second) };
    } finally {
      all.fill(0);
      secret.fill(0);
    }
  }

  /** A number that names the opened credential until close(). */
  open(sealed: Uint8Array, passphrase: string): { readonly handle: number; readonly publicCredential: string } {
    const secret = utf8(passphrase);
    try {
      const opened = this.call([sealed, secret], (file, s) =>
        this.module._voizk_open(file!, sealed.length, s!, secret.length),
      );
      this.credentials.add(opened.handle);
      return { handle: opened.handle, publicCredential: text(opened.first) };
    } finally {
      secret.fill(0);
    }
  }

  close(credential: number): void {
    if (this.credentials.delete(credential) && !this.broken) this.module._voizk_credential_free(credential);
  }

  check(credential: number, challenge: string, pcm: Int16Array): Checked {
    this.requireOpen(credential);
    const json = utf8(challenge);
    const { refusal } = this.call([json, pcm], (c, samples) =>
      this.module._voizk_check(this.bundle, credential, c!, json.length, samples!, pcm.length),
    );
    return refusal === 0 ? { accepted: true } : this.refused(refusal);
  }

  prove(credential: number, challenge: string, pcm: Int16Array): ProveResult {
    this.requireOpen(credential);
    const json = utf8(challenge);
    const made = this.call([json, pcm], (c, samples) =>
      this.module._voizk_prove_login(this.bundle, credential, c!, json.length, samples!, pcm.length),
    );
    return made.refusal === 0
      ? { accepted: true, proof: made.first, bucket: made.bucket }
      : this.refused(made.refusal);
  }

  verify(challenge: string, publicCredential: string, proof: Uint8Array, now: number): Verdict {
    const asked = utf8(challenge);
    const stored = utf8(publicCredential);
    try {
      this.call([asked, stored, proof], (c, s, p) =>
        this.module._voizk_verify_login(
          this.bundle, c!, asked.length, s!, stored.length, p!, proof.length, now,
        ),
      );
      return { accepted: true };
    } catch (error) {
      if (error instanceof VoizkError) {
        const { code, message } = error;
        if (code === "proofMalformed" || code === "proofRejected" || code === "challengeExpired") {
          return { accepted: false, code, message };
        }
      }
      throw error;
    }
  }

  challenge(party: string, digits: number, lifetimeSeconds: number, now: number): string {
    const name = utf8(party);
    return text(
      this.call([name], (n) =>
        this.module._voizk_make_challenge(n!, name.length, digits, now, lifetimeSeconds),
      ).first,
    );
  }

  /** A number that names a recording until its end. */
  beginCapture(deviceRate: number, trailingSilence: number): number {
    const { handle } = this.call([], () =>
      this.module._voizk_capture_begin(deviceRate, this.sampleRate, trailingSilence),
    );
    this.captures.add(handle);
    return handle;
  }
  pushCapture(capture: number, samples: Float32Array): CaptureState {
    this.requireCapture(capture);
    const pushed = this.call([samples], (s) => this.module._voizk_capture_push(capture, s!, samples.length));
    return {
      levels: new Float32Array(pushed.first.buffer, pushed.first.byteOffset, pushed.first.byteLength / 4),
      began: (pushed.bucket & 1) !== 0,
      ended: (pushed.bucket & 2) !== 0,
      full: (pushed.bucket & 4) !== 0,
    };
  }
  endCapture(capture: number): Int16Array {
    this.requireCapture(capture);
    try {
      const { first } = this.call([], () => this.module._voizk_capture_end(capture));
      return new Int16Array(first.buffer, first.byteOffset, first.byteLength / 2);
    } finally {
      this.dropCapture(capture);
    }
  }
  dropCapture(capture: number): void {
    if (this.captures.delete(capture) && !this.broken) this.module._voizk_capture_free(capture);
  }

  /** What the device key signs when it is registered; `registration` is its id in hex. */
  registrationMessage(registration: string, publicCredential: string): Uint8Array {
    const id = digestBytes(registration);
    const stored = utf8(publicCredential);
    return this.call([id, stored], (r, s) =>
      this.module._voizk_registration_message(r!, s!, stored.length),
    ).first;
  }
  /** What the device key signs at a login. */
  loginMessage(challenge: string, proof: Uint8Array, publicCredential: string): Uint8Array {
    const asked = utf8(challenge);
    const stored = utf8(publicCredential);
    return this.call([asked, proof, stored], (c, p, s) =>
      this.module._voizk_login_message(c!, asked.length, p!, proof.length, s!, stored.length),
    ).first;
  }

  /** Proves and verifies a small relation; the vector instructions that were used. */
  selfTest(): string {
    return text(this.call([], () => this.module._voizk_self_test()).first);
  }

  /** Bytes of the module's memory, which never shrinks. */
  get memory(): number {
    return this.module.HEAPU8.length;
  }

  private refused(refusal: number): Refused {
    const name = refusals[refusal];
    if (name === undefined || name === "none") throw new VoizkError("internal", "an unknown refusal");
    const heap = this.module.HEAPU8;
    const begin = this.module._voizk_refusal_text(refusal);
    return { accepted: false, refusal: name, message: text(heap.subarray(begin, heap.indexOf(0, begin))) };
  }

  private requireOpen(credential: number): void {
    if (!this.credentials.has(credential)) throw new VoizkError("invalidArgument", "the credential is closed");
  }

  private requireCapture(capture: number): void {
    if (!this.captures.has(capture)) throw new VoizkError("invalidArgument", "the recording has ended");
  }

  /** Calls `run` with the addresses of copies of `values`, and takes the outcome apart. */
  private call(
    values: readonly (Uint8Array | Int16Array | Uint32Array | Float32Array)[],
    run: (...addresses: number[]) => number,
  ): Outcome {
    if (this.broken) throw new VoizkError("internal", "the module ended after an earlier failure: load it again");
    const { module } = this;
    const copies: { at: number; size: number }[] = [];
    try {
      for (const value of values) {
        const at = module._voizk_take(value.byteLength);
        if (at === 0) throw new VoizkError("outOfMemory", "out of memory");
        copies.push({ at, size: value.byteLength });
        module.HEAPU8.set(new Uint8Array(value.buffer, value.byteOffset, value.byteLength), at);
      }
      return this.take(run(...copies.map((copy) => copy.at)));
    } catch (error) {
      if (error instanceof VoizkError) throw error;
      this.broken = true;  // a trap: its memory is in no known state
      throw new VoizkError("internal", `the module ended: ${String(error)}`);
    } finally {
      if (!this.broken) for (const { at, size } of copies) module._voizk_give(at, size);
    }
  }

  private take(outcome: number): Outcome {
    if (outcome === 0) throw new VoizkError("outOfMemory", "out of memory");
    const { module } = this;
    const at = (index: number): number => module.HEAPU32[outcome / 4 + index]!;
    const bytes = (index: number): Uint8Array =>
      module.HEAPU8.slice(at(index), at(index) + at(index + 1));
    try {
      if (at(word.failed) !== 0) {
        const code = errorCodes[at(word.code)] ?? "internal";
        throw new VoizkError(code, text(bytes(word.text)) || code);
      }
      return {
        refusal: at(word.refusal),
        bucket: at(word.bucket),
        handle: at(word.handle),
        first: bytes(word.first),
        second: bytes(word.second),
      };
    } finally {
      module._voizk_outcome_free(outcome);
    }
  }
}

function utf8(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}
function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
