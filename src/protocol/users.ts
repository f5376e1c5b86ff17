import { z } from "zod";
import { FileId, label, page, PageQuery, text, Timestamp, TimestampInput, UserId } from "./common.ts";
import { endpoint } from "./endpoint.ts";

export const WorkspaceRole = z.enum(["owner", "admin", "member"]).meta({ id: "WorkspaceRole" });
export type WorkspaceRole = z.infer<typeof WorkspaceRole>;

/**
 * Names that nobody may have: they would pass for the service or its staff, mention a group, or be read as a keyword where a
 * username is expected (`from:me`, `/v1/users/me`).
 */
const reservedNames: ReadonlySet<string> = new Set(
  [
    "all channel channels everybody everyone group groups here online team",
    "me myself nobody none null self undefined unknown you anonymous deleted user users",
    "abuse admin administrator admins api bot bots help mod moderator moderators owner owners parley postmaster root security slackbot",
    "staff superuser support sysadmin system webmaster",
  ].flatMap((line) => line.split(" ")),
);

/** Taken in any case and with a leading `@`, kept in lower case without it. */
export const Username = z
  .string()
  .max(256, "Wants 2 to 32 of a-z 0-9 . _ -")
  .transform((name) => name.trim().replace(/^@/, "").toLowerCase())
  .pipe(
    z
      .string()
      .regex(/^[a-z0-9._-]{2,32}$/, "Wants 2 to 32 of a-z 0-9 . _ -")
      .refine((name) => /[a-z0-9]/.test(name), "Wants a letter or a digit")
      .refine(
        (name) => !name.endsWith("."),
        "May not end with a full stop: it would not be part of a mention",
      )
      .refine((name) => !reservedNames.has(name), "This name is reserved"),
  );

/** RFC 5321 counts octets. */
const emailBytes = { local: 64, all: 254 };
/** A dot-atom of RFC 5322, with letters of every script (RFC 6531). Quoted local parts are not accepted. */
const localPart =
  /^[\w!#$%&'*+/=?^`{|}~\-\u{A1}-\u{10FFFF}]+(?:\.[\w!#$%&'*+/=?^`{|}~\-\u{A1}-\u{10FFFF}]+)*$/u;
const notInLocalPart = /[\s\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Zs}]/u;
const domainForm =
  /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!\d+$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])$/;

const byteLength = (address: string): number => new TextEncoder().encode(address).length;

/** The domain as DNS has it: lower case, its international labels in Punycode (UTS #46). Undefined for what is no domain name. */
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

/** Blanks around it are removed; otherwise kept as typed. International domains and local parts are accepted. */
export const Email = z
  .string()
  .max(1_024, "Wants an e-mail address")
  .transform((address) => address.trim().normalize("NFC"))
  .pipe(z.string().refine(isEmail, "Wants an e-mail address"))
  .meta({ format: "idn-email", maxLength: emailBytes.all });

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
};

/** A custom status as a client chooses it. */
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
    custom: CustomStatusInput.nullable().optional(),
  }),
  status: 200,
  response: Status,
  errors: [],
});
