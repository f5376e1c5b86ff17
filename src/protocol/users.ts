import { z } from "zod";
import { FileId, label, page, PageQuery, text, Timestamp, TimestampInput, UserId } from "./common.ts";
import { endpoint } from "./endpoint.ts";

export const WorkspaceRole = z.enum(["owner", "admin", "member", "guest"]).meta({ id: "WorkspaceRole" });
export type WorkspaceRole = z.infer<typeof WorkspaceRole>;

/**
 * Usernames that cannot be registered: they could impersonate the service or its staff, mention a group, or be parsed as a keyword where
 * a username is expected (`from:me`, `/v1/users/me`).
 */
const reservedNames: ReadonlySet<string> = new Set(
  [
    "all channel channels everybody everyone group groups here online team",
    "me myself nobody none null self undefined unknown you anonymous deleted user users",
    "abuse admin administrator admins api bot bots help mod moderator moderators owner owners parley postmaster root security slackbot",
    "staff superuser support sysadmin system webmaster",
  ].flatMap((line) => line.split(" ")),
);

/** Accepted in any case and with a leading `@`; stored in lower case without it. */
export const Username = z
  .string()
  .max(256, "Must have 2 to 32 characters of a-z 0-9 . _ -")
  .transform((name) => name.trim().replace(/^@/, "").toLowerCase())
  .pipe(
    z
      .string()
      .regex(/^[a-z0-9._-]{2,32}$/, "Must have 2 to 32 characters of a-z 0-9 . _ -")
      .refine((name) => /[a-z0-9]/.test(name), "Must contain a letter or a digit")
      .refine(
        (name) => !name.endsWith("."),
        "Must not end with a full stop, which would not be part of a mention",
      )
      .refine((name) => !reservedNames.has(name), "Is reserved"),
  );

/** Length limits of RFC 5321 (4.5.3.1), in octets. */
const emailBytes = { local: 64, all: 254 };
/** A dot-atom (RFC 5322) with letters of any script (RFC 6531). Quoted local parts are not accepted. */
const localPart =
  /^[\w!#$%&'*+/=?^`{|}~\-\u{A1}-\u{10FFFF}]+(?:\.[\w!#$%&'*+/=?^`{|}~\-\u{A1}-\u{10FFFF}]+)*$/u;
const notInLocalPart = /[\s\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Zs}]/u;
const domainForm =
  /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!\d+$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])$/;

const byteLength = (address: string): number => new TextEncoder().encode(address).length;

/** Converts a domain to its ASCII form: lower case, international labels in Punycode (UTS #46). Returns undefined for an invalid domain name. */
export function asciiDomain(domain: string): string | undefined {
  if (domain === "" || /[\s/?#@:\\[\]%]/.test(domain)) return undefined;
  try {
    const { hostname } = new URL(`https://${domain}`);
    return domainForm.test(hostname) ? hostname : undefined;
  } catch {
    return undefined;
  }
}

function isEmail(address: string): boolean {
  const at = address.lastIndexOf("@");
  const local = address.slice(0, at);
  if (at < 1 || !localPart.test(local) || notInLocalPart.test(local)) return false;
  if (byteLength(address) > emailBytes.all || byteLength(local) > emailBytes.local) return false;
  return asciiDomain(address.slice(at + 1)) !== undefined;
}

/** Stored as typed, apart from surrounding white space. International domains and local parts are accepted. */
export const Email = z
  .string()
  .max(1_024, "Must be an e-mail address")
  .transform((address) => address.trim().normalize("NFC"))
  .pipe(z.string().refine(isEmail, "Must be an e-mail address"))
  .meta({ format: "idn-email", maxLength: emailBytes.all });

export const TimeZone = z
  .string()
  .max(64)
  .regex(/^[A-Za-z]/, "Must be a name from the IANA time zone database")
  .refine(isTimeZone, "Must be a name from the IANA time zone database")
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
    isBot: z.boolean().meta({ description: "Whether a program acts as this user, by tokens alone." }),
    createdAt: Timestamp,
    erasedAt: Timestamp.optional().meta({
      description:
        "When the account was erased. Its names are then those of a deleted user. Absent otherwise.",
    }),
  })
  .meta({ id: "User" });
export type User = z.infer<typeof User>;

/** The account of the requesting user, with the fields that only they can see. */
export const Self = User.extend({
  email: z.string().meta({ description: "Empty for an account without an address, such as a bot." }),
  emailConfirmed: z.boolean().meta({ description: "Whether you proved to receive mail at `email`." }),
}).meta({ id: "Self" });
export type Self = z.infer<typeof Self>;

/** The maximum number of user ids in one request. */
const maxUserIds = 200;
const UserIds = z.array(UserId).min(1).max(maxUserIds);

/** User ids as a query parameter, separated by commas. Duplicates are removed. */
export const userIdList = z
  .string()
  .max(maxUserIds * 40)
  .transform((list) => [...new Set(list.split(","))])
  .refine((ids) => UserIds.safeParse(ids).success, `Must be 1 to ${maxUserIds} user ids, separated by commas`)
  .meta({
    type: "string",
    format: "comma-separated",
    description: `1 to ${maxUserIds} user ids, separated by commas.`,
    examples: ["usr_…,usr_…"],
  });

export const userParams = z.object({ userId: UserId });

export const getMe = endpoint({
  method: "get",
  path: "/v1/users/me",
  tag: "users",
  auth: "user",
  restricted: true,
  summary: "Get your own profile",
  status: 200,
  response: Self,
  errors: [],
});

export const updateMe = endpoint({
  method: "patch",
  path: "/v1/users/me",
  tag: "users",
  auth: "user",
  restricted: true,
  summary: "Update your own profile",
  body: z.strictObject({
    displayName: label(1, 80).optional(),
    timeZone: TimeZone.nullable().optional(),
    avatarFileId: FileId.nullable().optional().meta({
      description:
        "An image that you uploaded and that is not attached to a message, of at most 1 MiB and 2048 × 2048 pixels. All users can see it.",
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
  restricted: true,
  summary:
    "List the users of the workspace. `query` is a prefix of the username or the display name. With `ids`, returns these users in this order on one page and omits unknown ids",
  query: PageQuery.extend({
    query: text(1, 80).optional(),
    ids: userIdList.optional(),
  }).refine(
    ({ query, cursor, ids }) => ids === undefined || (query ?? cursor) === undefined,
    "Must not combine `ids` with `query` or `cursor`",
  ),
  status: 200,
  response: page(User),
  errors: [],
});

export const getUserByEmail = endpoint({
  method: "get",
  path: "/v1/users/by-email",
  tag: "users",
  auth: "user",
  scope: "users:email",
  summary:
    "Find the active user with an e-mail address. For tokens of bots with the scope `users:email`, and for the workspace's owner and admins",
  query: z.strictObject({ email: Email.meta({ description: "In any case." }) }),
  action: "lookUpByEmail",
  status: 200,
  response: User,
  errors: ["forbidden", "not_found"],
});

export const getUser = endpoint({
  method: "get",
  path: "/v1/users/:userId",
  tag: "users",
  auth: "user",
  restricted: true,
  summary: "Get a user",
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
  scope: "admin",
  summary:
    "Change the role of a user, or suspend or reactivate them. The owner can transfer the ownership of the workspace",
  params: userParams,
  body: z.strictObject({
    role: WorkspaceRole.optional().meta({
      description: "`owner` transfers the ownership of the workspace; the previous owner becomes an admin.",
    }),
    active: z.boolean().optional().meta({
      description:
        "False suspends the user: all of their sessions end, and they lose access to all channels.",
    }),
  }),
  action: "manageUsers",
  status: 200,
  response: User,
  errors: ["forbidden", "conflict"],
});

export const endUserSessions = endpoint({
  method: "delete",
  path: "/v1/users/:userId/sessions",
  tag: "users",
  auth: "user",
  scope: "admin",
  summary: "End all sessions of a user, for example after a device was stolen. The user can log in again",
  params: userParams,
  action: "manageUsers",
  status: 204,
  errors: ["forbidden"],
});

/** The presence that a user chose. `auto`: online while connected. */
export const ChosenPresence = z.enum(["auto", "away", "dnd", "invisible"]).meta({ id: "ChosenPresence" });
export type ChosenPresence = z.infer<typeof ChosenPresence>;

const customStatus = {
  emoji: z.string().min(1).max(64).optional().meta({
    description: "One emoji, or the name of a custom emoji between colons.",
  }),
  text: label(0, 100).optional(),
};

/** A custom status as clients send it. */
export const CustomStatusInput = z.strictObject({ ...customStatus, expiresAt: TimestampInput.optional() });

export const CustomStatus = z
  .object({ ...customStatus, expiresAt: Timestamp.optional() })
  .meta({ id: "CustomStatus" });
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
  restricted: true,
  summary: "Get your chosen status",
  status: 200,
  response: Status,
  errors: [],
});

export const updateUserStatus = endpoint({
  method: "put",
  path: "/v1/users/me/status",
  tag: "users",
  auth: "user",
  restricted: true,
  summary: "Set your status. `dnd` defers notifications until it ends",
  body: z.strictObject({
    presence: ChosenPresence.optional(),
    custom: CustomStatusInput.nullable().optional(),
  }),
  status: 200,
  response: Status,
  errors: [],
});
