import * as accounts from "./accounts.ts";
import * as admin from "./admin.ts";
import * as audit from "./audit.ts";
import * as auth from "./auth.ts";
import * as channels from "./channels.ts";
import * as drafts from "./drafts.ts";
import * as commandRuns from "./command-runs.ts";
import * as customEmoji from "./custom-emoji.ts";
import type { Endpoint } from "./endpoint.ts";
import * as ephemeral from "./ephemeral.ts";
import * as events from "./events.ts";
import * as files from "./files.ts";
import * as groups from "./groups.ts";
import * as incomingWebhooks from "./incoming-webhooks.ts";
import * as invites from "./invites.ts";
import * as jobs from "./jobs.ts";
import * as members from "./members.ts";
import * as messages from "./messages.ts";
import * as notificationSettings from "./notification-settings.ts";
import * as notifications from "./notifications.ts";
import * as permalinks from "./permalinks.ts";
import * as pins from "./pins.ts";
import * as presence from "./presence.ts";
import * as previews from "./previews.ts";
import * as push from "./push.ts";
import * as reactions from "./reactions.ts";
import * as reads from "./reads.ts";
import * as records from "./records.ts";
import * as reminders from "./reminders.ts";
import * as savedMessages from "./saved-messages.ts";
import * as scheduledMessages from "./scheduled-messages.ts";
import * as search from "./search.ts";
import * as secondFactor from "./second-factor.ts";
import * as serverKeys from "./server-keys.ts";
import * as service from "./service.ts";
import * as singleSignOn from "./single-sign-on.ts";
import * as slashCommands from "./slash-commands.ts";
import * as threads from "./threads.ts";
import * as tickets from "./tickets.ts";
import * as tokens from "./tokens.ts";
import * as users from "./users.ts";
import * as subscriptions from "./event-subscriptions.ts";
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
    ephemeral,
    threads,
    reactions,
    pins,
    reads,
    notifications,
    notificationSettings,
    push,
    scheduledMessages,
    reminders,
    drafts,
    savedMessages,
    events,
    files,
    slashCommands,
    commandRuns,
    search,
    admin,
    tokens,
    incomingWebhooks,
    serverKeys,
    customEmoji,
    groups,
    permalinks,
    previews,
    workspace,
    subscriptions,
    audit,
    jobs,
    records,
    service,
  ]
    .flatMap((family) => Object.entries(family) as [string, unknown][])
    .filter((entry): entry is [string, Endpoint] => isEndpoint(entry[1])),
);
