import * as accounts from "./accounts.ts";
import * as admin from "./admin.ts";
import * as audit from "./audit.ts";
import * as auth from "./auth.ts";
import * as channels from "./channels.ts";
import type { Endpoint } from "./endpoint.ts";
import * as events from "./events.ts";
import * as files from "./files.ts";
import * as incomingWebhooks from "./incoming-webhooks.ts";
import * as invites from "./invites.ts";
import * as jobs from "./jobs.ts";
import * as members from "./members.ts";
import * as messages from "./messages.ts";
import * as notifications from "./notifications.ts";
import * as pins from "./pins.ts";
import * as presence from "./presence.ts";
import * as reactions from "./reactions.ts";
import * as reads from "./reads.ts";
import * as records from "./records.ts";
import * as search from "./search.ts";
import * as secondFactor from "./second-factor.ts";
import * as serverKeys from "./server-keys.ts";
import * as service from "./service.ts";
import * as singleSignOn from "./single-sign-on.ts";
import * as threads from "./threads.ts";
import * as tickets from "./tickets.ts";
import * as tokens from "./tokens.ts";
import * as users from "./users.ts";
import * as workspace from "./workspace-settings.ts";

const isEndpoint = (value: unknown): value is Endpoint =>
  typeof value === "object" && value !== null && "method" in value && "path" in value;

/** All REST operations by name. Tests compare the mounted routes, OpenAPI and the client with it. */
export const endpoints: Record<string, Endpoint> = Object.fromEntries(
  [
    auth,
    secondFactor,
    singleSignOn,
    accounts,
    invites,
    users,
    presence,
    tickets,
    channels,
    members,
    messages,
    threads,
    reactions,
    pins,
    reads,
    notifications,
    events,
    files,
    search,
    admin,
    tokens,
    incomingWebhooks,
    serverKeys,
    workspace,
    audit,
    jobs,
    records,
    service,
  ]
    .flatMap((family) => Object.entries(family) as [string, unknown][])
    .filter((entry): entry is [string, Endpoint] => isEndpoint(entry[1])),
);
