import { createHash } from "node:crypto";
import type { Actor } from "../../domain/actor.ts";
import { failpoint } from "../../lib/failpoint.ts";
import type { ClaimedFiles } from "../../domain/files.ts";
import { randomToken } from "../../lib/ids.ts";
import { describeError, logLine } from "../../lib/log-line.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import { unwrap } from "../../rpc/rpc-result.ts";
import { within } from "../../lib/parallel.ts";
import type { Prepared } from "../../domain/prepared.ts";
import { rejectIfArchived, authorize, type RoomState } from "../../domain/room-state.ts";
import type { CommandData } from "../../protocol/index.ts";
import { recordClaim } from "./file-queries.ts";

/** How long to wait for D1 to record a claim. A claim lasts 5 s; the remaining time is for the command itself. */
const recordClaimTimeoutMs = 1_000;

type WriteCommand = CommandData<"messageCreate" | "threadCreate">;

/** Whether a command carries files, which have to be claimed in their uploader's hub. */
export const hasFiles = ({ fileIds = [] }: WriteCommand): boolean => fileIds.length > 0;

/** Claims the files of `createMessage`; see `claimFiles`. */
export const prepareCreateMessage = (env: Env, room: RoomState, actor: Actor, data: WriteCommand) =>
  claimFiles(env, room, actor, "createMessage", data);

/** Claims the files of `createThread`; see `claimFiles`. */
export const prepareCreateThread = (env: Env, room: RoomState, actor: Actor, data: WriteCommand) =>
  claimFiles(env, room, actor, "createThread", data);

/**
 * Claims the files in their uploader's hub, unless the room has already committed a send with this nonce. Attempts of one send, which
 * have the same nonce, share a claim; each attempt can be undone by itself.
 */
async function claimFiles(
  env: Env,
  room: RoomState,
  actor: Actor,
  action: "createMessage" | "createThread",
  { fileIds = [], nonce }: WriteCommand,
): Promise<Prepared<ClaimedFiles | undefined>> {
  authorize(room, actor, action);
  if (nonce !== undefined && room.isNonceUsed(actor.userId, nonce)) return { facts: undefined };
  rejectIfArchived(room);
  const { id: channelId } = room.channel;
  const key = nonce === undefined ? randomToken(16) : claimKey(channelId, nonce);
  const hub = () => hubOf(env, actor.userId);
  const facts = unwrap(await callObject(() => hub().claimFiles({ key, channelId }, fileIds)));
  failpoint("room:after-claim");
  await tryRecordClaim(env, fileIds, channelId);
  return {
    facts,
    // One try only: a second call could release the claim of another attempt.
    undo: () => callObject(() => hub().releaseClaim(key, fileIds, facts.untilMs), { tries: 1 }),
  };
}

/**
 * Records in D1 which channel the files are claimed for, so that its members can read them before the message is projected. A failure
 * only delays that, so a send succeeds while D1 is slow or down. A late write changes nothing that the projection wrote.
 */
async function tryRecordClaim(env: Env, fileIds: readonly string[], channelId: string): Promise<void> {
  await within(recordClaimTimeoutMs, recordClaim(env, fileIds, channelId)).catch((error: unknown) =>
    logLine({ level: "warn", message: "file.claim_record_failed", error: describeError(error) }),
  );
}

const claimKey = (channelId: string, nonce: string): string =>
  createHash("sha256")
    .update(JSON.stringify([channelId, nonce]))
    .digest("base64url")
    .slice(0, 22);
