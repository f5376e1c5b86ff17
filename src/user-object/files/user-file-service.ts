import type { Config } from "../../config.ts";
import type { ClaimedFiles, FileClaim, FileVisibility, Reservation, StoredPart } from "../../domain/files.ts";
import { notFound, reject } from "../../errors/app-error.ts";
import { failpoint } from "../../lib/failpoint.ts";
import type { FileRef } from "../../protocol/index.ts";
import type { FileTask, FileTaskResult } from "../../rpc/session-check.ts";
import { type RpcResult, toRpcResult } from "../../rpc/rpc-result.ts";
import type { HubState } from "../hub-state.ts";
import { expectAccountChange } from "../account-reread.ts";
import { announceAvatar } from "./avatars.ts";
import { FileMaintenance } from "./file-maintenance.ts";
import type { OpenUpload, UploadLimits } from "./file-rows.ts";

type UploadConfig = Pick<Config, "FILE_USER_QUOTA_BYTES" | "FILE_UPLOAD_MS" | "FILE_OPEN_UPLOADS">;

/**
 * The files of the user. The hub is the authority on the space that they take, on which message carries which file, and on their
 * deletion; R2 has the bytes and D1 the rows that readers query. A user without a hub has no files.
 */
export class UserFileService {
  readonly maintenance: FileMaintenance;
  readonly #hub: HubState;
  readonly #config: UploadConfig;

  constructor(env: Env, hub: HubState, config: UploadConfig) {
    this.maintenance = new FileMaintenance(env, hub);
    this.#hub = hub;
    this.#config = config;
  }

  get #limits(): UploadLimits {
    const { FILE_USER_QUOTA_BYTES, FILE_UPLOAD_MS, FILE_OPEN_UPLOADS } = this.#config;
    return { quotaBytes: FILE_USER_QUOTA_BYTES, uploadMs: FILE_UPLOAD_MS, openUploads: FILE_OPEN_UPLOADS };
  }

  /**
   * Announces that the account is about to have this avatar, or none, as `AccountSync.announce` does. Fails with `not_found` when it is
   * no file of this user, with `conflict` when a message carries it, with `validation_failed` when it is no picture.
   *
   * @param before the present avatar, which is deleted once D1 has the change
   * @returns the key of the announcement, for `AccountSync.apply`
   */
  announceAvatarChange(fileId: string | null, before: string | null): Promise<RpcResult<string>> {
    return this.#changeFiles(() => {
      const expectation = expectAccountChange(this.#hub);
      announceAvatar(this.#hub, fileId, { before, expectation });
      return expectation;
    });
  }

  /** Does what a request with a live session needs of the user's files. */
  async perform(task: FileTask): Promise<FileTaskResult> {
    return "reserve" in task
      ? { reserved: await this.reserve(task.reserve) }
      : { visibility: this.visibilityOf(task.visibilityOf) ?? null };
  }

  /**
   * Reserves space for a file. `finish`, `abandon` or the alarm ends the reservation. Fails with `quota_exceeded` when there is no space,
   * with `conflict` when too many uploads are open.
   */
  reserve(reservation: Reservation): Promise<RpcResult<null>> {
    return this.#changeFiles(() => {
      this.#hub.files.reserve(reservation, Date.now(), this.#limits);
      return null;
    });
  }

  /**
   * Completes an upload whose bytes are in R2 and whose row is in D1. Repeated, it returns the same file. Fails with `not_found` when the
   * alarm removed the upload before it was complete.
   */
  finish(file: FileRef): Promise<RpcResult<FileRef>> {
    return this.#changeFiles(() => this.#hub.files.complete(file));
  }

  /**
   * Discards an upload, or a complete file whose upload failed for the client. The alarm deletes what cannot be deleted at once.
   *
   * @param options `isBlank`: neither R2 nor D1 was called for this upload, so that there is nothing to delete but the reservation
   */
  async abandon(fileId: string, { isBlank = false }: { isBlank?: boolean } = {}): Promise<void> {
    const row = this.#hub.exists ? this.#hub.files.find(fileId) : undefined;
    if (row?.state !== "uploading" && row?.state !== "ready") return;
    if (!isBlank || row.state === "ready") return this.#remove(fileId);
    this.#hub.commitFiles(() => {
      this.#hub.files.markForDeletion(fileId, Date.now());
      this.#hub.files.finishDeletion(row, undefined);
    });
  }

  /** Returns an upload in parts. Fails with `not_found` when it is complete, deleted, or was sent in one request. */
  openUpload(fileId: string): Promise<RpcResult<OpenUpload>> {
    return toRpcResult(() => (this.#hub.exists ? this.#hub.files.openUpload(fileId) : notFound("file")));
  }

  /** Returns an upload in parts as `openUpload` does. Fails with `quota_exceeded` too, when there is no space for this part. */
  openUploadWithSpace(fileId: string, part: number): Promise<RpcResult<OpenUpload>> {
    return toRpcResult(() =>
      this.#hub.exists
        ? this.#hub.files.openUploadWithSpace(fileId, part, this.#limits.quotaBytes)
        : notFound("file"),
    );
  }

  /**
   * Records that R2 stored a part, in place of an earlier one with the same number. Fails as `openUploadWithSpace` does, and then records
   * nothing.
   *
   * @returns the bytes charged for all parts of the upload
   */
  recordPart(fileId: string, part: StoredPart): Promise<RpcResult<number>> {
    return this.#changeFiles(() => this.#hub.files.recordPart(fileId, part, Date.now(), this.#limits));
  }

  /**
   * Claims files, all or none, for a message of this user that a room is about to commit. Fails with `not_found` when one is not a
   * complete file of this user, with `conflict` when one belongs to another message or claim, or is an avatar.
   */
  async claim(claim: FileClaim, fileIds: readonly string[]): Promise<RpcResult<ClaimedFiles>> {
    const claimed = await this.#changeFiles(() => this.#hub.files.claim(claim, fileIds, Date.now()));
    failpoint("hub:after-claim");
    return claimed;
  }

  /** Releases the files of the attempt that was valid until `untilMs` and committed no message. Must not be repeated for one attempt. */
  releaseClaim(key: string, fileIds: readonly string[], untilMs: number): void {
    if (this.#hub.exists) this.#hub.commitFiles(() => this.#hub.files.releaseClaim(key, fileIds, untilMs));
  }

  /** Returns who may read the file besides this user; undefined when it is not a complete file of theirs or is being deleted. */
  visibilityOf(fileId: string): FileVisibility | undefined {
    return this.#hub.exists ? this.#hub.files.visibilityOf(fileId) : undefined;
  }

  /**
   * Deletes a file from R2, D1 and this hub. Fails with `not_found` when there is none, with `conflict` when a message carries it or may
   * be about to, or when it is the avatar, with `unavailable` when it is unreadable but not yet deleted everywhere.
   */
  delete(fileId: string): Promise<RpcResult<null>> {
    return toRpcResult(async () => {
      const row = this.#hub.exists ? this.#hub.files.find(fileId) : undefined;
      if (!row || row.file === null) return notFound("file");
      if (row.state === "avatar") reject("conflict", "This file is your avatar: choose another one first");
      if (row.state === "claimed" || row.state === "carried")
        reject(
          "conflict",
          "A message carries this file: delete the message, and the file is deleted with it",
        );
      await this.#remove(fileId);
      if (this.#hub.files.find(fileId))
        reject(
          "unavailable",
          "The file can no longer be read, but is not deleted everywhere yet; repeat the request until it succeeds",
          { retryAfterMs: 2_000 },
        );
      return null;
    });
  }

  /** Marks files whose messages were deleted; the alarm deletes them. May be repeated. */
  deleteCarried(fileIds: readonly string[]): void {
    const { exists, files } = this.#hub;
    if (!exists) return;
    this.#hub.commitFiles(() => {
      for (const fileId of fileIds) files.markCarriedForDeletion(fileId, Date.now());
    });
  }

  /** Changes files in one commit; `not_found` for a user without a hub. */
  #changeFiles<T>(change: () => T): Promise<RpcResult<T>> {
    return toRpcResult(() => (this.#hub.exists ? this.#hub.commitFiles(change) : notFound("file")));
  }

  /** Marks the file for deletion, then deletes it as far as R2 and D1 answer. */
  async #remove(fileId: string): Promise<void> {
    const { files } = this.#hub;
    this.#hub.commitFiles(() => files.markForDeletion(fileId, Date.now()));
    await this.maintenance.remove([fileId]);
  }
}
