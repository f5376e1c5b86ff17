import { type DBSchema, type IDBPDatabase, openDB, type StoreNames, type StoreValue } from "idb";
import type { Channel, FileRef, Message, Self, Unread, User } from "../../../src/client/index.ts";

/** A message that the server has not acknowledged. */
export interface OutgoingMessage {
  /** The idempotency key: however often it is sent, one message is created. */
  nonce: string;
  channelId: string;
  threadId: string | null;
  alsoInChannel: boolean;
  content: string;
  files: OutgoingFile[];
  /** In milliseconds since 1970. */
  createdAt: number;
  state: "waiting" | "failed";
  /** Why it failed. */
  error: string | null;
}

/** A file of an unsent message: its bytes until it is uploaded, then only what the server stores. */
export interface OutgoingFile {
  name: string;
  bytes: Blob | null;
  uploaded: FileRef | null;
}

/** A text that was typed and not sent. */
export interface LocalDraft {
  /** The channel, and the root message of a thread: `draftKey`. */
  key: string;
  channelId: string;
  threadId: string | null;
  content: string;
  files: OutgoingFile[];
  /** The `rev` of the server's draft that this one is based on; 0: none. */
  baseRev: number;
  /** Whether the server does not have this text yet. */
  isUnsynced: boolean;
  updatedAt: number;
}

/** A page of messages for the time until the server has answered, or while it cannot be reached. */
export interface StoredPage {
  channelId: string;
  messages: readonly Message[];
  storedAt: number;
}

/** What is shown at a start without a network. */
export interface Snapshot {
  me: Self;
  channels: (Unread & { channel: Channel })[];
  users: User[];
}

interface Schema extends DBSchema {
  outbox: { key: string; value: OutgoingMessage };
  drafts: { key: string; value: LocalDraft };
  pages: { key: string; value: StoredPage; indexes: { storedAt: number } };
  snapshot: { key: string; value: Snapshot };
}

type Stores = StoreNames<Schema>;
type Stored<Name extends Stores> = StoreValue<Schema, Name>;

/**
 * What this device stores of a user. After `close`, reads return nothing and writes are ignored, because requests and timers of the ended
 * session may still call it.
 */
export class Database {
  readonly #database: IDBPDatabase<Schema>;

  constructor(database: IDBPDatabase<Schema>) {
    this.#database = database;
  }

  get<Name extends Stores>(store: Name, key: string): Promise<Stored<Name> | undefined> {
    return ignoreClosed(() => this.#database.get(store, key), undefined);
  }

  getAll<Name extends Stores>(store: Name): Promise<Stored<Name>[]> {
    return ignoreClosed(() => this.#database.getAll(store), []);
  }

  /** Returns the channels of the stored pages, those that were stored first at the beginning. */
  getPageKeys(): Promise<string[]> {
    return ignoreClosed(() => this.#database.getAllKeysFromIndex("pages", "storedAt"), []);
  }

  /** Stores a value, by its key path or by `key`. */
  async put<Name extends Stores>(store: Name, value: Stored<Name>, key?: string): Promise<void> {
    await ignoreClosed<unknown>(() => this.#database.put(store, value, key), undefined);
  }

  delete(store: Stores, key: string): Promise<void> {
    return ignoreClosed(() => this.#database.delete(store, key), undefined);
  }

  /** Deletes what the user could read. Drafts and unsent messages stay. */
  async clearContents(): Promise<void> {
    await ignoreClosed<unknown>(
      () => Promise.all([this.#database.clear("pages"), this.#database.clear("snapshot")]),
      undefined,
    );
  }

  close(): void {
    this.#database.close();
  }
}

async function ignoreClosed<Result>(work: () => Promise<Result>, otherwise: Result): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof DOMException && error.name === "InvalidStateError") return otherwise;
    throw error;
  }
}

const nameOf = (userId: string): string => `parley-${userId}`;

/** Opens the database of a user on this device. Each user has their own, so that none reads what another typed. */
export async function openDatabase(userId: string): Promise<Database> {
  const database = await openDB<Schema>(nameOf(userId), 1, {
    upgrade(db) {
      db.createObjectStore("outbox", { keyPath: "nonce" });
      db.createObjectStore("drafts", { keyPath: "key" });
      db.createObjectStore("pages", { keyPath: "channelId" }).createIndex("storedAt", "storedAt");
      db.createObjectStore("snapshot");
    },
    // A newer version of the page in another tab may upgrade.
    blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
  });
  return new Database(database);
}

/** Deletes everything that this device stores of a user, after a logout. */
export const deleteDatabase = (userId: string): void => void indexedDB.deleteDatabase(nameOf(userId));
