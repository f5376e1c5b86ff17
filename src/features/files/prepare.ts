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

/** A claim lasts 5 s; the rest is for the command itself. */
const recordClaimTimeoutMs = 1_000;

type WriteCommand = CommandData<"messageCreate" | "threadCreate">;

/** Whether what is written carries files, which their uploader's hub has to be asked for. */
export const hasFiles = ({ fileIds = [] }: WriteCommand): boolean => fileIds.length > 0;

export const prepareCreateMessage = (env: Env, room: RoomState, actor: Actor, data: WriteCommand) =>
  claimFiles(env, room, actor, "createMessage", data);

export const prepareCreateThread = (env: Env, room: RoomState, actor: Actor, data: WriteCommand) =>
  claimFiles(env, room, actor, "createThread", data);

/**
 * Claims the files in their uploader's hub, where the room can't tell already that this was sent before. Attempts of one send, with
 * one nonce, share a claim; each is taken back by itself.
 */
async function claimFiles(
  env: Env,
  room: RoomState,
  actor: Actor,
  action: "createMessage" | "createThread",
  { fileIds = [], nonce }: WriteCommand,
): Promise<Prepared<ClaimedFiles | undefined>> {
  authorize(room, actor, action);
  if (nonce !== undefined && room.knowsNonce(actor.userId, nonce)) return { facts: undefined };
  rejectIfArchived(room);
  const { id: channelId } = room.channel;
  const key = nonce === undefined ? randomToken(16) : claimKey(channelId, nonce);
  const hub = () => hubOf(env, actor.userId);
  const facts = unwrap(await callObject(() => hub().claimFiles({ key, channelId }, fileIds)));
  failpoint("room:after-claim");
  await tryRecordClaim(env, fileIds, channelId);
  return {
    facts,
    // Once: taken back twice, it would let go of another attempt's claim.
    undo: () => callObject(() => hub().releaseClaim(key, fileIds, facts.untilMs), { tries: 1 }),
  };
}

/**
 * Without it, others read the files once the message is projected. A send goes on while D1 is slow or down; a write that comes late
 * changes nothing that the projection wrote.
 */
async function tryRecordClaim(env: Env, fileIds: readonly string[], channelId: string): Promise<void> {
  await within(recordClaimTimeoutMs, recordClaim(env, fileIds, channelId)).catch((error: unknown) =>
    logLine({ level: "warn", message: "file.claim_not_entered", error: describeError(error) }),
  );
}

const claimKey = (channelId: string, nonce: string): string =>
  createHash("sha256")
    .update(JSON.stringify([channelId, nonce]))
    .digest("base64url")
    .slice(0, 22);
