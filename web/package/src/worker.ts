// The worker's side: one engine, one request after another. What came with a request is a copy of this side's own, and
// is overwritten after use; a recording goes back without leaving one.
import { Engine, type Source } from "./engine.js";
import type { Reply, Request, SentSource, Started } from "./messages.js";
import { VoizkError } from "./outcome.js";

let engine: Engine | undefined;
const scope = self as unknown as {
  postMessage(reply: Reply, transfer?: readonly ArrayBuffer[]): void;
  onmessage: (event: { data: Request }) => void;
};

const sourceOf = (sent: SentSource): Source => (typeof sent === "string" ? new URL(sent) : sent);

async function answer(request: Request): Promise<unknown> {
  if ("start" in request) {
    const { wasm, bundleJson, bundleWeights, pinnedDigest } = request.start;
    engine = await Engine.start({
      wasm: sourceOf(wasm),
      bundleJson: sourceOf(bundleJson),
      bundleWeights: sourceOf(bundleWeights),
      pinnedDigest,
    });
    return { sampleRate: engine.sampleRate } satisfies Started;
  }
  if (engine === undefined) throw new VoizkError("internal", "not started");
  engine.onProgress = (progress) => scope.postMessage({ id: request.id, progress });
  const method = engine[request.method] as (...args: readonly unknown[]) => unknown;
  return method.apply(engine, [...request.args]);
}

function overwrite(request: Request): void {
  if ("start" in request) return;
  for (const value of request.args.flat()) {
    if (ArrayBuffer.isView(value)) new Uint8Array(value.buffer, value.byteOffset, value.byteLength).fill(0);
  }
}

scope.onmessage = async ({ data: request }) => {
  try {
    const value = await answer(request);
    const moved = value instanceof Int16Array ? [value.buffer as ArrayBuffer] : [];
    scope.postMessage({ id: request.id, value, memory: engine?.memory ?? 0 }, moved);
  } catch (error) {
    const { code, message } =
      error instanceof VoizkError ? error : new VoizkError("internal", String(error));
    scope.postMessage({ id: request.id, code, message });
  } finally {
    overwrite(request);
  }
};
