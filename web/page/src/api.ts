// The relying party's back end (/rp/) and the service (/v1/), both at the page's own origin.

/** An answer that says no (RFC 9457), or that asks for what cannot be done here. `type` is for programs: "expired", "wait",
 * .. */
export class Problem extends Error {
  constructor(
    readonly type: string,
    readonly status: number,
    detail: string,
    readonly retryAfter: number,
  ) {
    super(detail);
  }
}
/** No answer came. */
export class Offline extends Error {}

export interface Listed {
  readonly credential: string;
  readonly created_unix_s: number;
  readonly revoked_unix_s: number | null;
}
export interface Session {
  readonly relying_party: string;
  readonly account: string | null;
  readonly credentials: readonly Listed[];
}
export interface Registration {
  readonly registration: string;
  readonly options: {
    readonly relying_party: string;
    readonly bundle_digest: string;
    /** Not null where a proof of the enrolment is asked for. */
    readonly enrolment?: object | null;
  };
  readonly finish: string;
}
export interface Challenge {
  readonly relying_party: string;
  readonly phrase: string;
  readonly issued_unix_s: number;
  readonly expires_unix_s: number;
}
export interface Login {
  readonly login: string;
  readonly challenge: Challenge;
  readonly credentials: readonly string[];
  readonly finish: string;
}
export interface Entered {
  readonly account: string;
  readonly recovery_code?: string;
}

const patience = 60_000; // ms; what the service gives a request too

async function ask<T>(path: string, body?: unknown): Promise<T> {
  let response: Response;
  let value: unknown;
  try {
    const signal = AbortSignal.timeout(patience);
    response = await fetch(
      path,
      body === undefined
        ? { signal }
        : { signal, method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) },
    );
    const content = await response.text();
    value = content === "" ? {} : JSON.parse(content);
  } catch (error) {
    throw new Offline(String(error));
  }
  if (response.ok) return value as T;
  const {
    type = "",
    detail = "",
    retry_after_s = 0,
  } = value as { type?: string; detail?: string; retry_after_s?: number };
  throw new Problem(type.replace("urn:voizk:problem:", ""), response.status, detail, retry_after_s);
}

export const api = {
  session: () => ask<Session>("/rp/session"),
  beginRegistration: (account: string) => ask<Registration>("/rp/registrations", { account }),
  register: (finish: string, body: unknown) => ask<unknown>(finish, body),
  finishRegistration: () => ask<Entered & { credential: string }>("/rp/registrations/finish", {}),
  beginLogin: (account: string) => ask<Login>("/rp/logins", { account }),
  answer: (finish: string, body: unknown) => ask<unknown>(finish, body),
  finishLogin: () => ask<Entered>("/rp/logins/finish", {}),
  recover: (account: string, code: string) => ask<Entered>("/rp/recovery", { account, code }),
  revoke: (credential: string) => ask<unknown>("/rp/credentials/revoke", { credential }),
  logout: () => ask<unknown>("/rp/logout", {}),
};
