import { z } from "zod";
import { channelParams } from "./channels.ts";
import { ChannelId, Cursor, MessageId, page, PageQuery, Seq, Timestamp, UserId } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { JobResponse } from "./jobs.ts";
import { Proof } from "./second-factor.ts";

export const exportMe = endpoint({
  method: "post",
  path: "/v1/users/me/export",
  tag: "users",
  auth: "user",
  scope: "session",
  summary:
    "Export the own data as a tar archive: a job, at most one a day. Another request on the same day returns it again",
  repeatable: true,
  status: 202,
  response: JobResponse,
  errors: [],
});

export const EraseMessages = z.enum(["keep", "delete"]);

export const eraseUser = endpoint({
  method: "post",
  path: "/v1/users/:userId/erase",
  tag: "users",
  auth: "user",
  scope: "session",
  summary:
    "Erase an account for good: a job. For the user themself, and for the workspace's owner and admins; never the owner's account",
  params: z.object({ userId: UserId }),
  body: z.strictObject({
    messages: EraseMessages.meta({
      description: "`delete` the user's messages, or `keep` them as those of a deleted user.",
    }),
    password: Proof.shape.password.meta({
      description:
        "The current password. To erase the own account, it or `code` is needed unless the session began within the last 15 minutes.",
    }),
    code: Proof.shape.code,
  }),
  repeatable: true,
  status: 202,
  response: JobResponse,
  errors: ["conflict", "forbidden"],
});

export const purgeChannel = endpoint({
  method: "post",
  path: "/v1/channels/:channelId/purge",
  tag: "channels",
  auth: "user",
  scope: "admin",
  summary:
    "Delete a channel for good, with everything in it: a job. For its owners, and for the workspace's owner and admins",
  params: channelParams,
  action: "purgeChannel",
  repeatable: true,
  status: 202,
  response: JobResponse,
  errors: ["conflict", "forbidden"],
});

/** A retention period in days: at most 100 years. */
export const RetentionDays = z.int().min(1).max(36_500);

export const Retention = z
  .object({
    channelId: ChannelId,
    days: RetentionDays.nullable().meta({
      description: "After how many days messages are deleted; null: the workspace's period, if it has one.",
    }),
    legalHold: z.boolean().meta({
      description: "While true, nothing is deleted by age, and deleted messages are kept for admins.",
    }),
    effectiveDays: RetentionDays.nullable().meta({
      description: "The period that applies; null: messages are kept without limit.",
    }),
  })
  .meta({
    id: "Retention",
    description: "After how long the messages of a channel are deleted, and its legal hold.",
  });
export type Retention = z.infer<typeof Retention>;

export const getRetention = endpoint({
  method: "get",
  path: "/v1/channels/:channelId/retention",
  tag: "channels",
  auth: "user",
  scope: "admin",
  summary: "Get the retention period and the legal hold of a channel. For the workspace's owner and admins",
  params: channelParams,
  action: "manageRetention",
  status: 200,
  response: Retention,
  errors: ["forbidden"],
});

export const updateRetention = endpoint({
  method: "put",
  path: "/v1/channels/:channelId/retention",
  tag: "channels",
  auth: "user",
  scope: "admin",
  summary:
    "Set the retention period or the legal hold of a channel. For the workspace's owner and admins. A field that is absent stays as it is",
  params: channelParams,
  body: z.strictObject({
    days: RetentionDays.nullable()
      .optional()
      .meta({ description: "After how many days messages are deleted; null: the workspace's period." }),
    legalHold: z.boolean().optional().meta({ description: "Whether the channel is under a legal hold." }),
  }),
  action: "manageRetention",
  status: 200,
  response: Retention,
  errors: ["forbidden"],
});

export const HeldMessage = z
  .object({
    messageId: MessageId,
    seq: Seq,
    at: Timestamp,
    type: z.string().meta({ description: "The type of the event." }),
    data: z.record(z.string(), z.unknown()).meta({ description: "The event as it was before the deletion." }),
  })
  .meta({ id: "HeldMessage", description: "An event of a message that was deleted during a legal hold." });

export const getHeldMessages = endpoint({
  method: "get",
  path: "/v1/channels/:channelId/held-messages",
  tag: "channels",
  auth: "user",
  scope: "admin",
  summary:
    "List what was deleted in a channel since its legal hold began. For the workspace's owner and admins; each call is recorded in the audit log",
  params: channelParams,
  query: PageQuery,
  action: "manageRetention",
  status: 200,
  response: page(HeldMessage).extend({ nextCursor: Cursor.nullable() }),
  errors: ["forbidden"],
});
