import { z } from "zod";
import { FileId, label, page, PageQuery, text, Timestamp, UserId } from "./common.ts";
import { endpoint } from "./endpoint.ts";

export const WorkspaceRole = z.enum(["owner", "admin", "member"]).meta({ id: "WorkspaceRole" });
export type WorkspaceRole = z.infer<typeof WorkspaceRole>;

/** `@channel` and `@here` mention a group. */
const reserved = new Set(["channel", "here"]);

/** Taken in any case, kept in lower case. */
export const Username = z
  .string()
  .regex(/^[A-Za-z0-9._-]{2,32}$/, "Wants 2 to 32 of a-z 0-9 . _ -")
  .refine((name) => !reserved.has(name.toLowerCase()), "Reserved for mentions")
  .transform((name) => name.toLowerCase());

export const Email = z.email("Wants an e-mail address").max(254);

export const TimeZone = z
  .string()
  .max(64)
  .regex(/^[A-Za-z]/, "Wants a name from the IANA time zone database")
  .refine(isTimeZone, "Wants a name from the IANA time zone database")
  .meta({ examples: ["Europe/Berlin"] });

function isTimeZone(name: string): boolean {
  try {
    Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

export const User = z
  .object({
    id: UserId,
    username: z.string(),
    displayName: z.string(),
    avatarFileId: FileId.nullable(),
    timeZone: z.string().nullable(),
    role: WorkspaceRole,
    active: z.boolean(),
    createdAt: Timestamp,
  })
  .meta({ id: "User" });
export type User = z.infer<typeof User>;

/** A user as they see themselves. */
export const Self = User.extend({ email: z.string() }).meta({ id: "Self" });
export type Self = z.infer<typeof Self>;

/** The most users that one request may name. */
const maxUserIds = 200;
const UserIds = z.array(UserId).min(1).max(maxUserIds);

/** A query parameter: ids of users, separated by commas. */
export const userIdList = z
  .string()
  .max(maxUserIds * 40)
  .transform((list) => [...new Set(list.split(","))])
  .refine((ids) => UserIds.safeParse(ids).success, `Wants 1 to ${maxUserIds} ids of users`)
  .meta({
    type: "string",
    format: "comma-separated",
    description: `1 to ${maxUserIds} ids, separated by commas.`,
    examples: ["usr_…,usr_…"],
  });

export const userParams = z.object({ userId: UserId });

export const getMe = endpoint({
  method: "get",
  path: "/v1/users/me",
  tag: "users",
  auth: "user",
  summary: "Your own profile",
  status: 200,
  response: Self,
  errors: [],
});

export const updateMe = endpoint({
  method: "patch",
  path: "/v1/users/me",
  tag: "users",
  auth: "user",
  summary: "Change your own profile",
  body: z.strictObject({
    displayName: label(1, 80).optional(),
    timeZone: TimeZone.nullable().optional(),
    avatarFileId: FileId.nullable().optional().meta({
      description: "A picture that you uploaded and that no message carries; everybody may see it.",
    }),
  }),
  status: 200,
  response: Self,
  errors: ["conflict", "not_found"],
});

export const getUsers = endpoint({
  method: "get",
  path: "/v1/users",
  tag: "users",
  auth: "user",
  summary:
    "The directory; `query` is the beginning of a username or of a display name. With `ids` those users, in that order, on one page; unknown ids are left out",
  query: PageQuery.extend({
    query: text(1, 80).optional(),
    ids: userIdList.optional(),
  }).refine(
    ({ query, cursor, ids }) => ids === undefined || (query ?? cursor) === undefined,
    "Give ids, or a query or cursor, not both",
  ),
  status: 200,
  response: page(User),
  errors: [],
});

export const getUser = endpoint({
  method: "get",
  path: "/v1/users/:userId",
  tag: "users",
  auth: "user",
  summary: "One user",
  params: userParams,
  status: 200,
  response: User,
  errors: [],
});

export const updateUser = endpoint({
  method: "patch",
  path: "/v1/users/:userId",
  tag: "users",
  auth: "user",
  summary:
    "Make somebody an admin or a member, suspend them or take them back; the owner can hand on the workspace",
  params: userParams,
  body: z.strictObject({
    role: WorkspaceRole.optional().meta({
      description: "`owner`: hands the workspace on; who does becomes an admin.",
    }),
    active: z
      .boolean()
      .optional()
      .meta({ description: "False: suspended. All sessions end, and every channel is closed to them." }),
  }),
  action: "manageUsers",
  status: 200,
  response: User,
  errors: ["forbidden", "conflict"],
});

/** What you chose: `auto` is online while you are connected. */
export const ChosenPresence = z.enum(["auto", "away", "dnd", "invisible"]).meta({ id: "ChosenPresence" });
export type ChosenPresence = z.infer<typeof ChosenPresence>;

const customStatus = {
  emoji: z.string().min(1).max(64).optional(),
  text: label(0, 100).optional(),
  expiresAt: Timestamp.optional(),
};

export const CustomStatus = z.object(customStatus).meta({ id: "CustomStatus" });
export type CustomStatus = z.infer<typeof CustomStatus>;

export const Status = z
  .object({ presence: ChosenPresence, custom: CustomStatus.nullable() })
  .meta({ id: "Status" });
export type Status = z.infer<typeof Status>;

export const getStatus = endpoint({
  method: "get",
  path: "/v1/users/me/status",
  tag: "users",
  auth: "user",
  summary: "The status that you chose",
  status: 200,
  response: Status,
  errors: [],
});

export const updateUserStatus = endpoint({
  method: "put",
  path: "/v1/users/me/status",
  tag: "users",
  auth: "user",
  summary: "Choose your status; `dnd` holds notifications back until it ends",
  body: z.strictObject({
    presence: ChosenPresence.optional(),
    custom: z.strictObject(customStatus).nullable().optional(),
  }),
  status: 200,
  response: Status,
  errors: [],
});
