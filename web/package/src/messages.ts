// What goes between a page and its worker. A request carries the name of one of Engine's methods and its arguments.
import type { Engine, EngineOptions } from "./engine.js";
import type { ErrorCode } from "./outcome.js";

export type Method = "enrol" | "open" | "close" | "check" | "prove" | "verify" | "challenge" | "selfTest"
  | "beginCapture" | "pushCapture" | "endCapture" | "dropCapture" | "registrationMessage" | "loginMessage";
export type Arguments<M extends Method> = Parameters<Engine[M]>;
export type Answer<M extends Method> = ReturnType<Engine[M]>;

/** Addresses as text: a URL object cannot be sent. */
export type SentSource = Uint8Array | string;
export type SentOptions = { readonly [K in keyof EngineOptions]: K extends "pinnedDigest" ? string : SentSource };

export type Request =
  | { readonly id: number; readonly start: SentOptions }
  | { readonly id: number; readonly method: Method; readonly args: readonly unknown[] };
export type Reply =
  | { readonly id: number; readonly value: unknown; readonly memory: number }
  | { readonly id: number; readonly code: ErrorCode; readonly message: string }
  | { readonly id: number; readonly progress: number };
export interface Started {
  readonly sampleRate: number;
}
