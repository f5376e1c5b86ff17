import { DurableObject } from "cloudflare:workers";
import { configOf } from "../../config.ts";
import { notFound, reject } from "../../errors/app-error.ts";
import { failpoint } from "../../lib/failpoint.ts";
import type { ClaimedFiles, FileClaim, FileVisibility, Reservation, StoredPart } from "../../domain/files.ts";
import { type RpcResult, toRpcResult } from "../../rpc/rpc-result.ts";
import type { FileRef } from "../../protocol/index.ts";
import { announceAvatar } from "./avatars.ts";
import { removeFiles } from "./file-removal.ts";
import type { OpenUpload, UploadLimits } from "./user-files.ts";
import { expectAccountChange } from "../run-alarm.ts";
import type { HubState } from "../hub-state.ts";

/** What a hub answers about its user's files: the authority on their space, on which message has which, and on their end. */
export abstract class FileHub extends DurableObject<Env> {
  protected abstract readonly hub: HubState;

  /**
   * Announces, as `expectChange` does, that the account is about to have this avatar in the place of `before`. `not_found`: it is no
   * file of this user; `conflict`: it belongs to a message; `validation_failed`: it is no picture.
   */
  async announceAvatarChange(fileId: string | null, before: string | null): Promise<RpcResult<string>> {
    return this.#changeFiles((hub) => {
      const expected = expectAccountChange(hub);
      announceAvatar(hub, fileId, { before, expected });
      return expected;
    });
  }

  /** Room for a file that is about to come; it ends by `finishFile`, by `abandonFile` or by the alarm. `quota_exceeded`: there is none. */
  async reserveFile(reservation: Reservation): Promise<RpcResult<null>> {
    return this.#changeFiles(({ files }) => {
      files.reserve(reservation, Date.now(), this.#uploadLimits());
      return null;
    });
  }

  /** The file is complete, in R2 and in D1. `not_found`: it was swept meanwhile. Told again, it is the same file. */
  async finishFile(file: FileRef): Promise<RpcResult<FileRef>> {
    return this.#changeFiles(({ files }) => files.complete(file));
  }

  /** Throws away an upload, or a file that its uploader was not told of. What can't be deleted at once, the alarm deletes. */
  async abandonFile(fileId: string): Promise<void> {
    if (!this.hub.exists) return;
    const { files } = this.hub;
    const state = files.find(fileId)?.state;
    if (state === "uploading" || state === "ready") await this.#removeFile(fileId);
  }

  /** An upload in parts, and what came of it. `not_found`: it is complete, gone, or came in one request. */
  async openUpload(fileId: string): Promise<RpcResult<OpenUpload>> {
    return toRpcResult(() => (this.hub.exists ? this.hub.files.openUpload(fileId) : notFound("file")));
  }

  /** As `upload`, before this part is stored. `quota_exceeded`: there is no room for it. */
  async openUploadWithSpace(fileId: string, part: number): Promise<RpcResult<OpenUpload>> {
    const { quotaBytes } = this.#uploadLimits();
    return toRpcResult(() =>
      this.hub.exists ? this.hub.files.openUploadWithSpace(fileId, part, quotaBytes) : notFound("file"),
    );
  }

  /**
   * Notes that R2 has this part, in the place of an earlier one, and returns what all parts are charged. `not_found` as of `upload`;
   * `quota_exceeded`: there is no room for it, and it was not noted.
   */
  async recordPart(fileId: string, part: StoredPart): Promise<RpcResult<number>> {
    return this.#changeFiles(({ files }) => files.recordPart(fileId, part, Date.now(), this.#uploadLimits()));
  }

  /**
   * A room asks for files, all or none, that a message of this user is to carry. `not_found`: one is not theirs, or not complete;
   * `conflict`: one belongs to another message, to another claim, or is an avatar.
   */
  async claimFiles(claim: FileClaim, fileIds: string[]): Promise<RpcResult<ClaimedFiles>> {
    const claimed = await this.#changeFiles(({ files }) => files.claim(claim, fileIds, Date.now()));
    failpoint("hub:after-claim");
    return claimed;
  }

  /** The attempt under this claim that was good until `untilMs` came to nothing. Not to be called twice for it. */
  async releaseClaim(key: string, fileIds: string[], untilMs: number): Promise<void> {
    if (this.hub.exists) this.hub.commitFiles(() => this.hub.files.releaseClaim(key, fileIds, untilMs));
  }

  /** Who reads the file besides this user. Undefined: there is no such complete file of theirs, or it is being deleted. */
  async fileVisibility(fileId: string): Promise<FileVisibility | undefined> {
    return this.hub.exists ? this.hub.files.visibilityOf(fileId) : undefined;
  }

  /**
   * Deletes a file, everywhere when this returns. `not_found`: there is none; `conflict`: a message carries it or may carry it in a
   * moment, or it is the avatar; `unavailable`: nobody reads it any more, but it is not gone from everywhere yet.
   */
  async deleteFile(fileId: string): Promise<RpcResult<null>> {
    return toRpcResult(async () => {
      const row = this.hub.exists ? this.hub.files.find(fileId) : undefined;
      if (!row || row.file === null) return notFound("file");
      if (row.state === "avatar") reject("conflict", "This file is your avatar: choose another one first");
      if (row.state === "claimed" || row.state === "carried")
        reject("conflict", "A message carries this file: it goes with the message");
      await this.#removeFile(fileId);
      if (this.hub.files.find(fileId))
        reject(
          "unavailable",
          "Nobody can read it any more, but it is not gone yet: repeat it until it is confirmed",
          {
            retryAfterMs: 2_000,
          },
        );
      return null;
    });
  }

  /** By a room, at least once: messages that carried these files were deleted. They go, at once and by the alarm. */
  async deleteCarriedFiles(fileIds: string[]): Promise<void> {
    const { exists, files } = this.hub;
    if (exists)
      this.hub.commitFiles(() => {
        for (const fileId of fileIds) files.markCarriedForDeletion(fileId, Date.now());
      });
  }

  #uploadLimits(): UploadLimits {
    const { FILE_USER_QUOTA_BYTES, FILE_UPLOAD_MS, FILE_OPEN_UPLOADS } = configOf(this.env);
    return {
      quotaBytes: FILE_USER_QUOTA_BYTES,
      uploadMs: FILE_UPLOAD_MS,
      openUploads: FILE_OPEN_UPLOADS,
    };
  }

  /** Changes files in one commit. Who has no hub has no files. */
  #changeFiles<T>(change: (hub: HubState) => T): Promise<RpcResult<T>> {
    return toRpcResult(() =>
      this.hub.exists ? this.hub.commitFiles(() => change(this.hub)) : notFound("file"),
    );
  }

  /** Marks the file, then deletes it as far as R2 and D1 answer. */
  async #removeFile(fileId: string): Promise<void> {
    const { files } = this.hub;
    this.hub.commitFiles(() => files.markForDeletion(fileId, Date.now()));
    const row = files.find(fileId);
    if (row) await removeFiles(this.env, this.hub, [row]);
  }
}
