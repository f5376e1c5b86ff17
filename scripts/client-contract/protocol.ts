import { z } from "zod";
import * as accounts from "../../src/protocol/accounts.ts";
import * as admin from "../../src/protocol/admin.ts";
import * as audit from "../../src/protocol/audit.ts";
import * as auth from "../../src/protocol/auth.ts";
import * as channels from "../../src/protocol/channels.ts";
import * as common from "../../src/protocol/common.ts";
import * as drafts from "../../src/protocol/drafts.ts";
import * as customEmoji from "../../src/protocol/custom-emoji.ts";
import type { Endpoint } from "../../src/protocol/endpoint.ts";
import * as ephemeral from "../../src/protocol/ephemeral.ts";
import * as errors from "../../src/protocol/errors.ts";
import * as events from "../../src/protocol/events.ts";
import * as files from "../../src/protocol/files.ts";
import * as formatting from "../../src/protocol/formatting.ts";
import * as frames from "../../src/protocol/frames.ts";
import * as commandRuns from "../../src/protocol/command-runs.ts";
import * as commands from "../../src/protocol/commands.ts";
import { endpoints as catalog } from "../../src/protocol/catalog.ts";
import * as groups from "../../src/protocol/groups.ts";
import * as incomingWebhooks from "../../src/protocol/incoming-webhooks.ts";
import * as invites from "../../src/protocol/invites.ts";
import * as jobs from "../../src/protocol/jobs.ts";
import * as members from "../../src/protocol/members.ts";
import * as messages from "../../src/protocol/messages.ts";
import * as notificationSettings from "../../src/protocol/notification-settings.ts";
import * as notifications from "../../src/protocol/notifications.ts";
import * as permalinks from "../../src/protocol/permalinks.ts";
import * as pins from "../../src/protocol/pins.ts";
import * as presence from "../../src/protocol/presence.ts";
import * as previews from "../../src/protocol/previews.ts";
import * as push from "../../src/protocol/push.ts";
import * as reactions from "../../src/protocol/reactions.ts";
import * as reads from "../../src/protocol/reads.ts";
import * as records from "../../src/protocol/records.ts";
import * as reminders from "../../src/protocol/reminders.ts";
import * as savedMessages from "../../src/protocol/saved-messages.ts";
import * as scheduledMessages from "../../src/protocol/scheduled-messages.ts";
import * as search from "../../src/protocol/search.ts";
import * as serverKeys from "../../src/protocol/server-keys.ts";
import * as secondFactor from "../../src/protocol/second-factor.ts";
import * as service from "../../src/protocol/service.ts";
import * as singleSignOn from "../../src/protocol/single-sign-on.ts";
import * as slashCommands from "../../src/protocol/slash-commands.ts";
import * as loginResult from "../../src/protocol/login-result.ts";
import * as passkeys from "../../src/protocol/passkeys.ts";
import * as threads from "../../src/protocol/threads.ts";
import * as tickets from "../../src/protocol/tickets.ts";
import * as tokens from "../../src/protocol/tokens.ts";
import * as sessionTokens from "../../src/protocol/session-tokens.ts";
import * as userEvents from "../../src/protocol/user-events.ts";
import * as users from "../../src/protocol/users.ts";
import * as eventSubscriptions from "../../src/protocol/event-subscriptions.ts";
import * as workspace from "../../src/protocol/workspace-settings.ts";
import { exportComments } from "./source-comments.ts";

/** The modules of `src/protocol` that declare types and endpoints, by file name. */
export const modules: Record<string, Record<string, unknown>> = {
  accounts,
  admin,
  audit,
  auth,
  channels,
  "command-runs": commandRuns,
  commands,
  common,
  drafts,
  ephemeral,
  "custom-emoji": customEmoji,
  errors,
  events,
  files,
  formatting,
  frames,
  groups,
  "incoming-webhooks": incomingWebhooks,
  invites,
  jobs,
  "login-result": loginResult,
  members,
  messages,
  "notification-settings": notificationSettings,
  notifications,
  passkeys,
  permalinks,
  pins,
  presence,
  previews,
  push,
  reactions,
  reads,
  records,
  reminders,
  "saved-messages": savedMessages,
  "scheduled-messages": scheduledMessages,
  search,
  "server-keys": serverKeys,
  "second-factor": secondFactor,
  service,
  "single-sign-on": singleSignOn,
  "slash-commands": slashCommands,
  threads,
  tickets,
  tokens,
  "session-tokens": sessionTokens,
  "user-events": userEvents,
  users,
  "event-subscriptions": eventSubscriptions,
  "workspace-settings": workspace,
};

/** The name of an exported schema and the module that declares it. */
export interface Named {
  name: string;
  module: string;
  /** Its doc comment, used where the schema has no description. */
  comment: string | undefined;
}

const isSchema = (value: unknown): value is z.ZodType => value instanceof z.ZodType;

/** Exported schemas; the client's types have the same names. */
const named = new Map<z.core.$ZodType, Named>();
for (const [module, exported] of Object.entries(modules)) {
  const comments = exportComments(module);
  for (const [name, value] of Object.entries(exported))
    if (isSchema(value) && /^[A-Z]/.test(name))
      named.set(value, { name, module, comment: comments.get(name) });
}

/** Returns the named schema that `schema` is or was derived from by adding a check or a description. */
export function namedSchemaOf(schema: z.core.$ZodType): z.core.$ZodType | undefined {
  if (named.has(schema)) return schema;
  const { parent } = schema._zod;
  return parent && namedSchemaOf(parent);
}

export function nameOf(schema: z.core.$ZodType): Named | undefined {
  const origin = namedSchemaOf(schema);
  return origin && named.get(origin);
}

export const moduleOfEndpoint = (name: string): string => {
  const entry = Object.entries(modules).find(([, exported]) => exported[name] === catalog[name]);
  if (!entry) throw new Error(`${name} is in no module of the protocol`);
  return entry[0];
};

/** The catalogue, sorted by name within each module: the order of a module's exports depends on which module is loaded first. */
export const endpoints: Record<string, Endpoint> = Object.fromEntries(
  [...Map.groupBy(Object.entries(catalog), ([name]) => moduleOfEndpoint(name)).values()].flatMap((family) =>
    family.toSorted(([a], [b]) => (a < b ? -1 : 1)),
  ),
);

export const metaOf = (schema: z.core.$ZodType): Record<string, unknown> =>
  z.globalRegistry.get(schema) ?? {};

export type { Endpoint };
