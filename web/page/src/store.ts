// What this device keeps, in IndexedDB: for each account the sealed credential and the device key. The key's secret half
// cannot be exported; the browser stores it as an object that only signs.

export interface Kept {
  readonly account: string;
  readonly sealed: Uint8Array;
  readonly publicCredential: string;
  readonly key: CryptoKeyPair;
  /** The body and address of a registration that is not known to be finished. */
  readonly pending?: { readonly finish: string; readonly body: unknown };
}

const name = "voizk";
const table = "credentials";

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("IndexedDB"));
  });
}

async function run<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const opening = indexedDB.open(name, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(table, { keyPath: "account" });
  const database = await done(opening);
  try {
    const transaction = database.transaction(table, mode, { durability: "strict" });
    const value = await done(work(transaction.objectStore(table)));
    await new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error ?? new Error("IndexedDB"));
    });
    return value;
  } finally {
    database.close();
  }
}

export const store = {
  find: (account: string) => run<Kept | undefined>("readonly", (s) => s.get(account) as IDBRequest<Kept | undefined>),
  all: () => run<Kept[]>("readonly", (s) => s.getAll() as IDBRequest<Kept[]>),
  put: (kept: Kept) => run("readwrite", (s) => s.put(kept)),
  remove: (account: string) => run("readwrite", (s) => s.delete(account)),
};
