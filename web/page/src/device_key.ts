// The device key: P-256 by WebCrypto, its secret half not extractable. docs/formats.md says what is signed.

export function makeKey(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
}

/** 65 bytes, uncompressed. */
export async function publicBytes(key: CryptoKeyPair): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.exportKey("raw", key.publicKey));
}

/** r | s, 64 bytes. */
export async function sign(key: CryptoKeyPair, message: Uint8Array): Promise<Uint8Array> {
  const data = message as Uint8Array<ArrayBuffer>;
  return new Uint8Array(await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key.privateKey, data));
}

/** RFC 4648, section 5, without padding. */
export function base64url(bytes: Uint8Array): string {
  let binary = "";
  for (let at = 0; at < bytes.length; at += 0x8000) {
    binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  }
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
