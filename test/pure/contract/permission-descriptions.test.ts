import { expect, test } from "vitest";
import { permissions, workspacePermissions } from "../../../src/domain/permissions.ts";
import { asyncApiDocument } from "../../../src/features/contract/asyncapi-document.ts";
import { openApiDocument } from "../../../src/features/contract/openapi-document.ts";
import {
  actionsOfCommand,
  actionsOfEndpoint,
  describeActions,
} from "../../../src/features/contract/permission-descriptions.ts";
import { commandTypes, endpoints } from "../../../src/protocol/index.ts";

const rows = new Set([...Object.keys(permissions), ...Object.keys(workspacePermissions)]);
const named = Object.entries(endpoints).map(([name, endpoint]) => ({
  name,
  endpoint,
  actions: actionsOfEndpoint(name, endpoint),
}));

test("[RD6] channel and admin endpoints name the deciding row of the table", () => {
  for (const { name, endpoint, actions } of named) {
    if (/^\/v1\/(channels\/:channelId|admin)(\/|$)/.test(endpoint.path))
      expect(actions, name).not.toEqual([]);
    for (const action of actions) expect(rows, `${name}: ${action}`).toContain(action);
  }
});

test("[RD6] every row decides an endpoint, and all but two a command", () => {
  const byEndpoints = new Set(named.flatMap(({ actions }) => actions));
  expect([...rows].filter((row) => !byEndpoints.has(row))).toEqual([]);
  const byCommands = new Set<string>(commandTypes.flatMap((type) => actionsOfCommand[type]));
  expect(Object.keys(permissions).filter((row) => !byCommands.has(row))).toEqual([
    "readChannel",
    // A job, which only REST starts.
    "purgeChannel",
    // Rows of D1, which only REST changes.
    "manageWebhooks",
  ]);
});

test("[RD6] OpenAPI and AsyncAPI describe permissions in the words of the rows", () => {
  const { paths } = openApiDocument({ version: "0.1.0" });
  for (const { name, endpoint, actions } of named) {
    const path = paths[endpoint.path.replaceAll(/:(\w+)/g, "{$1}")] as Record<string, any>;
    expect(path[endpoint.method].description, name).toBe(
      actions.length > 0 ? describeActions(actions) : undefined,
    );
  }
  const messages = asyncApiDocument({ version: "0.1.0" }).components["messages"] as Record<string, any>;
  for (const type of commandTypes)
    expect(messages[`client.${type}`].description, type).toBe(describeActions(actionsOfCommand[type]));
});

test("[RD6] a row's sentence has each part of its rule and nothing else", () => {
  expect(describeActions(["readChannel"])).toBe(
    "`readChannel`: allowed for members of the channel, all users but guests if the channel is public.",
  );
  expect(describeActions(["updateMessage"])).toBe(
    "`updateMessage`: allowed for the author while they are a member of the channel; subject to the channel's posting policy; not available to muted members.",
  );
  expect(describeActions(["updateChannel", "transferOwnership"])).toBe(
    "`updateChannel`: allowed for owners and moderators of the channel, the workspace's owner and admins in public and private channels that they can see; not available in direct and group messages; not available to muted members.\n\n" +
      "`transferOwnership`: allowed for the workspace's owner.",
  );
  expect(() => describeActions(["flyChannel"])).toThrow("flyChannel");
});
