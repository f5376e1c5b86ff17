import { z } from "zod";
import { label, text, Timestamp, TimestampInput, UserId } from "./common.ts";
import { limits } from "./limits.ts";

const range = {
  offset: z.int().min(0).meta({ description: "The position of the first code point in `content`." }),
  length: z.int().min(1).meta({ description: "The number of code points, markup included." }),
};
const marker = z.int().min(1).meta({
  description:
    "The number of code points at the beginning and at the end that are markup, and are not shown.",
});

export const MentionEntity = z
  .object({ type: z.literal("mention"), ...range, userId: UserId })
  .meta({ id: "MentionEntity" });
export const GroupMentionEntity = z
  .object({
    type: z.literal("groupMention"),
    ...range,
    group: z.enum(["channel", "here"]).meta({ description: "The mentioned group." }),
  })
  .meta({ id: "GroupMentionEntity" });
export const LinkEntity = z
  .object({
    type: z.literal("link"),
    ...range,
    url: z.string().meta({ description: "With the scheme `http`, `https` or `mailto`." }),
    textOffset: z
      .int()
      .optional()
      .meta({ description: "Where the text to show begins. Absent if the text to show is the whole range." }),
    textLength: z.int().optional().meta({ description: "How long the text to show is." }),
  })
  .meta({ id: "LinkEntity" });
export const EmphasisEntity = z
  .object({ type: z.enum(["bold", "italic", "strike", "code"]), ...range, marker })
  .meta({ id: "EmphasisEntity" });
export const CodeBlockEntity = z
  .object({
    type: z.literal("codeBlock"),
    ...range,
    language: z.string().optional().meta({ description: "The first word after the opening fence." }),
  })
  .meta({ id: "CodeBlockEntity" });
export const QuoteEntity = z.object({ type: z.literal("quote"), ...range }).meta({ id: "QuoteEntity" });
export const EmojiEntity = z
  .object({
    type: z.literal("emoji"),
    ...range,
    name: z.string().meta({ description: "The name between the colons, in lower case. It need not exist." }),
  })
  .meta({ id: "EmojiEntity" });

/** What a range of a message's text is. docs/formatting.md */
export const Entity = z
  .discriminatedUnion("type", [
    MentionEntity,
    GroupMentionEntity,
    LinkEntity,
    EmphasisEntity,
    CodeBlockEntity,
    QuoteEntity,
    EmojiEntity,
  ])
  .meta({ id: "Entity" });
export type Entity = z.infer<typeof Entity>;

const isUrl = (value: string, scheme: RegExp): boolean =>
  scheme.test(value) && /^[a-z]+:\/\/[^\s\\]/i.test(value) && URL.canParse(value);

/** A link that clients open or load. Other schemes are rejected, since they could run code. */
export const HttpUrl = z
  .string()
  .max(limits.urlLength)
  .refine((value) => isUrl(value, /^https?:/i), "Must be an http or https URL")
  .meta({ id: "HttpUrl", format: "uri" });

const paragraph = text(1, limits.attachmentTextLength);

const fieldOf = <Line extends z.ZodType>(line: Line) => ({
  title: line.optional(),
  value: paragraph.meta({ description: "The value of the field." }),
  short: z.boolean().optional().meta({ description: "Two short fields fit beside each other." }),
});

const attachmentOf = <Line extends z.ZodType, Time extends z.ZodType, Field extends z.ZodType>(
  line: Line,
  time: Time,
  field: Field,
) => ({
  color: z
    .string()
    .regex(/^(?:#[0-9a-fA-F]{6}|good|warning|danger)$/, "Must be #rrggbb, good, warning or danger")
    .optional()
    .meta({ description: "The colour of the bar beside the block." }),
  pretext: paragraph.optional().meta({ description: "Text above the block." }),
  authorName: line.optional().meta({ description: "A line above the title." }),
  authorUrl: HttpUrl.optional(),
  title: line.optional(),
  titleUrl: HttpUrl.optional(),
  text: paragraph.optional(),
  fields: z
    .array(field)
    .max(limits.attachmentFields)
    .optional()
    .meta({ description: "Pairs of a title and a value." }),
  imageUrl: HttpUrl.optional(),
  thumbnailUrl: HttpUrl.optional(),
  footer: line.optional().meta({ description: "A line below the block." }),
  footerIconUrl: HttpUrl.optional(),
  at: time.optional().meta({ description: "When what the attachment describes happened." }),
  fallback: paragraph
    .optional()
    .meta({ description: "Plain text for notifications and for clients that show no attachments." }),
});

/** A block below a message, as programs add them: a title, text, fields, an image. Images are not fetched by the server. */
export const MessageAttachment = z
  .object(attachmentOf(z.string(), Timestamp, z.object(fieldOf(z.string()))))
  .meta({ id: "MessageAttachment" });
export type MessageAttachment = z.infer<typeof MessageAttachment>;

const title = label(1, limits.attachmentTitleLength);

/** An attachment as a bot sends it. */
export const NewAttachment = z
  .strictObject(attachmentOf(title, TimestampInput, z.strictObject(fieldOf(title))))
  .refine((attachment) => Object.keys(attachment).length > 0, "Must not be empty");

const sizeOf = (value: unknown): number => new TextEncoder().encode(JSON.stringify(value)).length;

export const NewAttachments = z
  .array(NewAttachment)
  .max(limits.attachments)
  .refine(
    (value) => sizeOf(value) <= limits.attachmentBytes,
    `Must have at most ${limits.attachmentBytes} bytes as JSON`,
  );

/** Whether a JSON value has at most `depth` levels. Values that are nested deeper than the stack are not visited to their end. */
const isWithinDepth = (value: unknown, depth: number): boolean =>
  typeof value !== "object" ||
  value === null ||
  (depth > 0 && Object.values(value).every((inner) => isWithinDepth(inner, depth - 1)));

/** Data for programs. Clients do not show it. */
export const MessageMetadata = z
  .record(z.string().min(1).max(64), z.unknown())
  .refine((value) => isWithinDepth(value, limits.metadataDepth), {
    message: `Must have at most ${limits.metadataDepth} levels`,
    abort: true,
  })
  .refine(
    (value) => sizeOf(value) <= limits.metadataBytes,
    `Must have at most ${limits.metadataBytes} bytes as JSON`,
  )
  .meta({ id: "MessageMetadata", description: "A JSON object for programs, at most 4 KiB." });
export type MessageMetadata = z.infer<typeof MessageMetadata>;

const senderOf = <Name extends z.ZodType>(name: Name) => ({
  name: name.optional(),
  icon: z
    .string()
    .max(limits.urlLength)
    .refine(
      (value) => /^:[a-z0-9][a-z0-9_+-]{0,63}:$/.test(value) || isUrl(value, /^https:/i),
      "Must be an emoji's name between colons, or an https URL",
    )
    .optional()
    .meta({ description: "An emoji's name between colons, or an https URL of an image." }),
});

/** The name and icon with which a program's message is shown instead of its account's. Clients mark such a message as a program's. */
export const MessageSender = z.object(senderOf(z.string())).meta({ id: "MessageSender" });
export type MessageSender = z.infer<typeof MessageSender>;

/** The sender as a bot sends it. */
export const NewSender = z
  .strictObject(senderOf(label(1, limits.senderNameLength)))
  .refine(({ name, icon }) => name !== undefined || icon !== undefined, "Must have a name or an icon");

/** How a message is shown. `me`: as an action of its author, in the third person. */
export const MessageKind = z.enum(["me"]).meta({ id: "MessageKind" });
