import { z } from "zod";
import { FileId, label, page, PageQuery, text, Timestamp, UserId } from "./common.ts";
import { endpoint } from "./endpoint.ts";

export const WorkspaceRole = z.enum(["owner", "admin", "member"]).meta({ id: "WorkspaceRole" });
export type WorkspaceRole = z.infer<typeof WorkspaceRole>;

/** Taken in any case, kept in lower case. */
export const Username = z
  .string()
  .regex(/^[A-Za-z0-9._-]{2,32}$/, "Wants 2 to 32 of a-z 0-9 . _ -")
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

const userParams = z.object({ userId: UserId });

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
  }),
  status: 200,
  response: Self,
  errors: [],
});

export const getUsers = endpoint({
  method: "get",
  path: "/v1/users",
  tag: "users",
  auth: "user",
  summary: "The directory; `query` is the beginning of a username or of a display name",
  query: PageQuery.extend({ query: text(1, 80).optional() }),
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
