import { describe, expect, test } from "vitest";
import { type Action, checkPermissions, rankOf } from "../../../src/domain/permissions.ts";
import {
  type ChannelAction,
  mayInChannel,
  rankInChannel,
} from "../../../web/src/channels/channel-permissions.ts";

/** The server's name of each action. */
const actions: Record<ChannelAction, Action> = {
  update: "updateChannel",
  archive: "archiveChannel",
  addMember: "addMember",
  appoint: "appointMember",
  remove: "removeMember",
  mute: "muteMember",
};
const workspaceRoles = ["owner", "admin", "member", "guest"] as const;
const channelRoles = ["owner", "moderator", "member"] as const;
const types = ["public", "private", "direct", "group"] as const;

describe("the rights that the page shows controls for", () => {
  test.each(Object.entries(actions) as [ChannelAction, Action][])(
    "%s is what the server permits to members",
    (action, name) => {
      for (const workspaceRole of workspaceRoles)
        for (const channelRole of channelRoles)
          for (const type of types)
            for (const isMuted of [false, true]) {
              const shown = mayInChannel(action, { workspaceRole, channelRole, type, isMuted });
              const permitted = checkPermissions(name, {
                workspaceRole,
                channelRole,
                channelType: type,
                isMuted,
              });
              expect({ workspaceRole, channelRole, type, isMuted, may: shown }).toEqual({
                workspaceRole,
                channelRole,
                type,
                isMuted,
                may: permitted,
              });
            }
    },
  );

  test("while the own role is not known, only admins of the workspace may", () => {
    const access = { channelRole: undefined, type: "public", isMuted: false } as const;
    expect(mayInChannel("update", { ...access, workspaceRole: "admin" })).toBe(true);
    expect(mayInChannel("update", { ...access, workspaceRole: "member" })).toBe(false);
  });

  test("ranks are those of the server", () => {
    for (const workspaceRole of workspaceRoles)
      for (const channelRole of channelRoles)
        expect(rankInChannel(workspaceRole, channelRole)).toBe(rankOf(workspaceRole, channelRole));
  });
});
