import { z } from "zod";
import type { Config } from "../../config.ts";
import { type SealedKind, seal, unseal } from "../../lib/sealed-text.ts";
import { FileId, limits } from "../../protocol/index.ts";

/**
 * Slack's clients open a socket, and upload a file, at an address that an earlier call returned, without their token. The address therefore
 * contains the token, encrypted with a key of this Worker and valid for a short time.
 */
const kinds = { socket: "parley-slack-socket-1", upload: "parley-slack-upload-1" } as const;
type Key = Pick<Config, "REFRESH_TOKEN_KEY">;

const SocketTicket = z.object({ ticket: z.string(), token: z.string() });
/** `ticket`: one of `createTicket`, which opens one socket. */
export type SocketTicket = z.infer<typeof SocketTicket>;

const UploadTicket = z.object({
  fileId: FileId,
  sizeBytes: z.int(),
  partSizeBytes: z.int(),
  token: z.string(),
});
/** An upload in parts that `files.getUploadURLExternal` has begun. */
export type UploadTicket = z.infer<typeof UploadTicket>;

/** How long the address of an upload can be used. */
const uploadMs = 3_600_000;

export const sealSocketTicket = (config: Key, claims: SocketTicket): Promise<string> =>
  seal(config, kinds.socket, claims, limits.ticketSeconds * 1_000);
/** Returns the claims of a sealed ticket; undefined if it is malformed, forged or expired. */
export const openSocketTicket = (config: Key, text: string): Promise<SocketTicket | undefined> =>
  open(config, kinds.socket, text, SocketTicket);

export const sealUploadTicket = (config: Key, claims: UploadTicket): Promise<string> =>
  seal(config, kinds.upload, claims, uploadMs);
/** Returns the claims of a sealed ticket; undefined if it is malformed, forged or expired. */
export const openUploadTicket = (config: Key, text: string): Promise<UploadTicket | undefined> =>
  open(config, kinds.upload, text, UploadTicket);

/** In characters: the longest token takes about 5,600. */
const maxSealedLength = 8_192;

const open = async <T>(
  config: Key,
  kind: SealedKind,
  text: string,
  schema: z.ZodType<T>,
): Promise<T | undefined> => (text.length > maxSealedLength ? undefined : unseal(config, kind, text, schema));
