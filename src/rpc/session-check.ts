import type { CheckedActor, PlannedSockets } from "../domain/actor.ts";
import type { FileVisibility, Reservation } from "../domain/files.ts";
import type { RpcResult } from "./rpc-result.ts";

/** What the hub does in the call that checks a session, if the session is live. A hub of an earlier release ignores it. */
export interface SessionCheckOptions {
  /** Sockets to register. */
  sockets?: PlannedSockets | undefined;
  /** What the request needs of the user's own files. */
  file?: FileTask | undefined;
  /** Of the token that the request carried. */
  tokenHash?: string | undefined;
  /** Also accept a session that has not passed the second factor that the workspace requires. */
  restricted?: boolean | undefined;
}

/** What a request needs of the user's own files. Their hub does it in the call that checks the session, which saves a call. */
export type FileTask =
  /** Reserves space for an upload. */
  | { reserve: Reservation }
  /** Returns who may read a file, if it is one of the user's. */
  | { visibilityOf: string };

/** The result of a `FileTask`: of one of its kinds. */
export interface FileTaskResult {
  reserved?: RpcResult<null>;
  /** Null if the user has no such file that is complete. */
  visibility?: FileVisibility | null;
}

/** An actor with the result of a task. A hub of an earlier release ignores tasks; then `file` is absent. */
export interface CheckedFileActor extends CheckedActor {
  file?: FileTaskResult;
}
