import type { FunctionComponent } from "preact";
import { AuditPage } from "./audit/audit-page.tsx";
import { BotsPage } from "./bots/bots-page.tsx";
import { ChannelsPage } from "./channels/channels-page.tsx";
import { CommandsPage } from "./commands/commands-page.tsx";
import { EmojiPage } from "./emoji/emoji-page.tsx";
import { GroupsPage } from "./groups/groups-page.tsx";
import { HealthPage } from "./health/health-page.tsx";
import { InvitesPage } from "./invites/invites-page.tsx";
import { JobsPage } from "./jobs/jobs-page.tsx";
import { PeoplePage } from "./people/people-page.tsx";
import { ServerKeysPage } from "./server-keys/server-keys-page.tsx";
import { StoragePage } from "./storage/storage-page.tsx";
import { SubscriptionsPage } from "./subscriptions/subscriptions-page.tsx";
import { WebhooksPage } from "./webhooks/webhooks-page.tsx";
import { RolesPage } from "./workspace/roles-page.tsx";
import { SettingsPage } from "./workspace/settings-page.tsx";

/** A page of the administration. */
export interface AdminPage {
  /** The last part of its address: `/admin/<name>`. */
  name: string;
  label: string;
  Page: FunctionComponent;
}

/** The pages of the administration, in the groups of its navigation. */
export const pageGroups: readonly { label: string; pages: readonly AdminPage[] }[] = [
  {
    label: "People",
    pages: [
      { name: "people", label: "People", Page: PeoplePage },
      { name: "invites", label: "Invites", Page: InvitesPage },
      { name: "groups", label: "User groups", Page: GroupsPage },
      { name: "roles", label: "Roles", Page: RolesPage },
    ],
  },
  {
    label: "Workspace",
    pages: [
      { name: "settings", label: "Settings", Page: SettingsPage },
      { name: "channels", label: "Channels", Page: ChannelsPage },
      { name: "emoji", label: "Custom emoji", Page: EmojiPage },
    ],
  },
  {
    label: "Integrations",
    pages: [
      { name: "bots", label: "Bots", Page: BotsPage },
      { name: "webhooks", label: "Incoming webhooks", Page: WebhooksPage },
      { name: "subscriptions", label: "Event subscriptions", Page: SubscriptionsPage },
      { name: "commands", label: "Slash commands", Page: CommandsPage },
      { name: "server-keys", label: "Server keys", Page: ServerKeysPage },
    ],
  },
  {
    label: "Operation",
    pages: [
      { name: "audit", label: "Audit log", Page: AuditPage },
      { name: "jobs", label: "Jobs", Page: JobsPage },
      { name: "storage", label: "Storage", Page: StoragePage },
      { name: "health", label: "Health", Page: HealthPage },
    ],
  },
];

const pages = pageGroups.flatMap((group) => group.pages);

/** Returns the page of an address, the first one for `/admin`; undefined for an unknown address. */
export const findPage = (name: string): AdminPage | undefined =>
  name === "" ? pages[0] : pages.find((page) => page.name === name);
