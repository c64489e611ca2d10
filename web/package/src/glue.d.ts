// What emscripten writes beside the module, as far as engine.ts uses it.
declare module "*/voizk_module.js" {
  export interface Module {
    readonly HEAPU8: Uint8Array;
    readonly HEAPU32: Uint32Array;
    _voizk_take(size: number): number;
    _voizk_give(data: number, size: number): void;
    _voizk_outcome_free(outcome: number): void;
    _voizk_bundle(json: number, jsonSize: number, weights: number, weightsSize: number, pinned: number): number;
    _voizk_bundle_free(bundle: number): void;
    _voizk_bundle_rate(bundle: number): number;
    _voizk_enrol_voice(
      bundle: number, party: number, partySize: number, pcm: number, lengths: number, count: number, now: number,
      passphrase: number, passphraseSize: number,
    ): number;
    _voizk_open(sealed: number, sealedSize: number, passphrase: number, passphraseSize: number): number;
    _voizk_credential_free(credential: number): void;
    _voizk_check(
      bundle: number, credential: number, challenge: number, challengeSize: number, pcm: number, samples: number,
    ): number;
    _voizk_prove_login(
      bundle: number, credential: number, challenge: number, challengeSize: number, pcm: number, samples: number,
    ): number;
    _voizk_verify_login(
      bundle: number, challenge: number, challengeSize: number, credential: number, credentialSize: number,
      proof: number, proofSize: number, now: number,
    ): number;
    _voizk_make_challenge(party: number, partySize: number, digits: number, now: number, lifetime: number): number;
    _voizk_capture_begin(deviceRate: number, bundleRate: number, trailingSilence: number): number;
    _voizk_capture_push(capture: number, samples: number, count: number): number;
    _voizk_capture_end(capture: number): number;
    _voizk_capture_free(capture: number): void;
    _voizk_registration_message(registration: number, credential: number, credentialSize: number): number;
    _voizk_login_message(
      challenge: number, challengeSize: number, proof: number, proofSize: number, credential: number,
      credentialSize: number,
    ): number;
    _voizk_refusal_text(refusal: number): number;
    _voizk_self_test(): number;
  }
  export interface ModuleOptions {
    instantiateWasm(
      imports: WebAssembly.Imports,
      done: (instance: WebAssembly.Instance) => void,
    ): Record<string, never>;
    onProgress(fraction: number): void;
  }
  export default function makeModule(options: ModuleOptions): Promise<Module>;
}

// The one thing that engine.ts wants of Node.
declare module "node:fs/promises" {
  export function readFile(path: URL): Promise<Uint8Array>;
}
declare module "node:crypto" {
  export const webcrypto: Crypto;
}
