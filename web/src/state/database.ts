import { type DBSchema, type IDBPDatabase, openDB } from "idb";
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

export type Database = IDBPDatabase<Schema>;

const nameOf = (userId: string): string => `parley-${userId}`;

/** Opens the database of a user on this device. Each user has their own, so that none reads what another typed. */
export const openDatabase = (userId: string): Promise<Database> =>
  openDB<Schema>(nameOf(userId), 1, {
    upgrade(db) {
      db.createObjectStore("outbox", { keyPath: "nonce" });
      db.createObjectStore("drafts", { keyPath: "key" });
      db.createObjectStore("pages", { keyPath: "channelId" }).createIndex("storedAt", "storedAt");
      db.createObjectStore("snapshot");
    },
    // A newer version of the page in another tab may upgrade.
    blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
  });

/** Deletes everything that this device stores of a user, after a logout. */
export const deleteDatabase = (userId: string): void => void indexedDB.deleteDatabase(nameOf(userId));
