import { z } from "zod";
import { FileId, page, PageQuery, Timestamp, UserId } from "./common.ts";
import { endpoint } from "./endpoint.ts";

/** The name of a custom emoji, without the colons that surround it in texts and reactions. */
export const EmojiName = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9_+-]{1,31}$/,
    "Must have 2 to 32 characters of a-z 0-9 _ - +, the first of them a letter or a digit",
  )
  .meta({
    id: "EmojiName",
    description: "The name of a custom emoji, without colons.",
    examples: ["shipit"],
  });

export const CustomEmoji = z
  .object({
    name: EmojiName,
    aliasOf: EmojiName.nullable().meta({
      description: "The emoji whose image this name shows; null for an emoji with its own image.",
    }),
    imageUrl: z.string().meta({ description: "The path of the image on this server." }),
    type: z.string(),
    sizeBytes: z.int(),
    width: z.int(),
    height: z.int(),
    createdBy: UserId.nullable().meta({ description: "Null for guests." }),
    createdAt: Timestamp,
  })
  .meta({ id: "CustomEmoji", description: "An image of the workspace, written as `:name:`." });
export type CustomEmoji = z.infer<typeof CustomEmoji>;

const emojiParams = z.object({ name: EmojiName });

export const createEmoji = endpoint({
  method: "post",
  path: "/v1/emoji",
  tag: "emoji",
  auth: "user",
  summary:
    "Create a custom emoji, from an uploaded PNG, GIF, WebP or JPEG of at most 256 KiB, or as another name of an existing one. The emoji gets a copy of the file, which is deleted then",
  body: z
    .strictObject({
      name: EmojiName,
      fileId: FileId.optional().meta({ description: "An image that you uploaded." }),
      aliasOf: EmojiName.optional().meta({ description: "A custom emoji with its own image." }),
    })
    .refine(
      ({ fileId, aliasOf }) => (fileId === undefined) !== (aliasOf === undefined),
      "Must have either `fileId` or `aliasOf`",
    )
    .meta({ examples: [{ name: "ship-it", aliasOf: "shipit" }] }),
  action: "createEmoji",
  status: 201,
  repeatStatus: 200,
  response: CustomEmoji,
  errors: ["forbidden", "conflict", "not_found"],
});

export const getCustomEmoji = endpoint({
  method: "get",
  path: "/v1/emoji",
  tag: "emoji",
  auth: "user",
  restricted: true,
  etag: true,
  summary: "List the custom emoji of the workspace by name. Supports `If-None-Match`",
  query: PageQuery,
  status: 200,
  response: page(CustomEmoji),
  errors: [],
});

export const getEmojiImage = endpoint({
  method: "get",
  path: "/v1/emoji/:name/image",
  tag: "emoji",
  auth: "user",
  restricted: true,
  summary: "Download the image of a custom emoji. Supports `HEAD` and `If-None-Match`",
  params: emojiParams,
  embeddable: true,
  status: 200,
  produces: ["application/octet-stream"],
  partial: true,
  errors: ["range_not_satisfiable"],
});

export const deleteEmoji = endpoint({
  method: "delete",
  path: "/v1/emoji/:name",
  tag: "emoji",
  auth: "user",
  summary:
    "Delete a custom emoji and its aliases: its creator, and the workspace's owner and admins. Existing reactions stay",
  params: emojiParams,
  action: "manageEmoji",
  status: 204,
  errors: ["forbidden"],
});
