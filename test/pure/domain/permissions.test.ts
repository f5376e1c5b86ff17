import { expect, test } from "vitest";
import {
  type Action,
  checkPermissions,
  checkWorkspacePermissions,
  permissions,
  rankOf,
  type WorkspaceAction,
  workspacePermissions,
} from "../../../src/domain/permissions.ts";
import type { ChannelRole, ChannelType, PostingPolicy, WorkspaceRole } from "../../../src/protocol/index.ts";

const actions = Object.keys(permissions) as Action[];
const types: ChannelType[] = ["public", "private", "direct", "group"];
const workspaceRoles: WorkspaceRole[] = ["guest", "member", "admin", "owner"];
const policies: PostingPolicy[] = ["everyone", "moderators"];
const roles: (ChannelRole | null)[] = [null, "member", "moderator", "owner"];

/**
 * The permissions a second time, written by hand. Columns: an outsider, a member, a moderator and an owner of the
 * channel who are plain members of the workspace; then the same four as its admin or owner; then as its guest. `A`: only the author.
 * `-`: not allowed. `p`, `P`: as `y` and `A`, unless the posting policy is `moderators`.
 */
const expected: Record<Action, { public: string; private: string; unnamed: string }> = {
  readChannel: { public: "yyyy yyyy -yyy", private: "-yyy -yyy -yyy", unnamed: "-yyy -yyy -yyy" },
  updateChannel: { public: "--yy yyyy ----", private: "--yy -yyy ----", unnamed: "---- ---- ----" },
  archiveChannel: { public: "---y yyyy ----", private: "---y -yyy ----", unnamed: "---- ---- ----" },
  purgeChannel: { public: "---y yyyy ----", private: "---y -yyy ----", unnamed: "---- ---- ----" },
  joinChannel: { public: "yyyy yyyy -yyy", private: "-yyy -yyy -yyy", unnamed: "---- ---- ----" },
  leaveChannel: { public: "yyyy yyyy -yyy", private: "-yyy -yyy -yyy", unnamed: "---- ---- ----" },
  addMember: { public: "-yyy yyyy ----", private: "-yyy -yyy ----", unnamed: "---- ---- ----" },
  appointMember: { public: "---y yyyy ----", private: "---y -yyy ----", unnamed: "---- ---- ----" },
  removeMember: { public: "--yy yyyy ----", private: "--yy -yyy ----", unnamed: "---- ---- ----" },
  muteMember: { public: "--yy yyyy ----", private: "--yy -yyy ----", unnamed: "---- ---- ----" },
  manageWebhooks: { public: "--yy yyyy ----", private: "--yy -yyy ----", unnamed: "---- ---- ----" },
  createMessage: { public: "-pyy -yyy -ppp", private: "-pyy -yyy -ppp", unnamed: "-pyy -pyy -ppp" },
  updateMessage: { public: "-PAA -AAA -PPP", private: "-PAA -AAA -PPP", unnamed: "-PAA -PAA -PPP" },
  deleteMessage: { public: "-Ayy yyyy -AAA", private: "-Ayy -yyy -AAA", unnamed: "-Ayy -Ayy -AAA" },
  createThread: { public: "-pyy -yyy -ppp", private: "-pyy -yyy -ppp", unnamed: "-pyy -pyy -ppp" },
  followThread: { public: "-yyy -yyy -yyy", private: "-yyy -yyy -yyy", unnamed: "-yyy -yyy -yyy" },
  addReaction: { public: "-yyy -yyy -yyy", private: "-yyy -yyy -yyy", unnamed: "-yyy -yyy -yyy" },
  removeReaction: { public: "-yyy -yyy -yyy", private: "-yyy -yyy -yyy", unnamed: "-yyy -yyy -yyy" },
  pinMessage: { public: "-yyy -yyy -yyy", private: "-yyy -yyy -yyy", unnamed: "-yyy -yyy -yyy" },
  markRead: { public: "-yyy -yyy -yyy", private: "-yyy -yyy -yyy", unnamed: "-yyy -yyy -yyy" },
};

const columnOf: Record<WorkspaceRole, number> = { member: 0, admin: 4, owner: 4, guest: 8 };

for (const action of actions) {
  test(`[RD6] [GU7] ${action}: each cell is as decided`, () => {
    const row = expected[action];
    for (const channelType of types) {
      const cells = row[
        channelType === "direct" || channelType === "group" ? "unnamed" : channelType
      ].replaceAll(" ", "");
      for (const workspaceRole of workspaceRoles) {
        for (const [index, channelRole] of roles.entries()) {
          const cell = cells[columnOf[workspaceRole] + index] ?? "";
          for (const postingPolicy of policies) {
            const isOpen = postingPolicy === "everyone" || !"pP".includes(cell);
            for (const isAuthor of [false, true, undefined]) {
              const may = checkPermissions(action, {
                workspaceRole,
                channelRole,
                channelType,
                postingPolicy,
                ...(isAuthor !== undefined && { isAuthor }),
              });
              expect(may, `${workspaceRole} ${channelRole} ${channelType} ${postingPolicy} ${isAuthor}`).toBe(
                isOpen && ("yp".includes(cell) || ("AP".includes(cell) && isAuthor === true)),
              );
            }
          }
        }
      }
    }
  });
}

/** What a muted user may still do, if they may it otherwise. `A`: only with messages of their own. */
const whileMuted: Partial<Record<Action, string>> = {
  readChannel: "y",
  joinChannel: "y",
  leaveChannel: "y",
  deleteMessage: "A",
  followThread: "y",
  removeReaction: "y",
  markRead: "y",
};

test("[GU10] a muted user may do only what adds nothing", () => {
  for (const action of actions)
    for (const channelType of types)
      for (const workspaceRole of workspaceRoles)
        for (const channelRole of roles)
          for (const isAuthor of [false, true]) {
            const standing = { workspaceRole, channelRole, channelType, isAuthor };
            const cell = whileMuted[action];
            expect(
              checkPermissions(action, { ...standing, isMuted: true }),
              `${action} ${JSON.stringify(standing)}`,
            ).toBe(
              checkPermissions(action, standing) &&
                (cell === "y" || (cell === "A" && isAuthor && channelRole !== null)),
            );
          }
});

test("[GU9] ranks order the roles of the workspace above those of the channel", () => {
  const ranked: [WorkspaceRole, ChannelRole | null][][] = [
    [
      ["guest", "owner"],
      ["member", "member"],
      ["member", null],
    ],
    [["member", "moderator"]],
    [["member", "owner"]],
    [
      ["admin", "member"],
      ["admin", null],
    ],
    [["owner", "member"]],
  ];
  expect(ranked.map((equals) => [...new Set(equals.map((roleOf) => rankOf(...roleOf)))])).toEqual([
    [0],
    [1],
    [2],
    [3],
    [4],
  ]);
});

test("[RD6] [RD2] a user who may not read a channel may do nothing else with it", () => {
  for (const channelType of types) {
    for (const workspaceRole of workspaceRoles) {
      for (const channelRole of roles) {
        for (const isAuthor of [false, true]) {
          const standing = { workspaceRole, channelRole, channelType, isAuthor };
          if (checkPermissions("readChannel", standing)) continue;
          expect(actions.filter((action) => checkPermissions(action, standing))).toEqual([]);
        }
      }
    }
  }
});

test("[RD6] a higher role never permits less", () => {
  for (const action of actions) {
    for (const channelType of types) {
      for (const workspaceRole of workspaceRoles) {
        for (const isAuthor of [false, true]) {
          const may = roles
            .slice(1)
            .map((channelRole) =>
              Number(checkPermissions(action, { workspaceRole, channelRole, channelType, isAuthor })),
            );
          expect(may, `${action} ${channelType} ${workspaceRole}`).toEqual(may.toSorted());
        }
      }
    }
  }
});

test("[RD6] a role that may archive a channel may change it: unarchiving needs both", () => {
  for (const channelType of types)
    for (const workspaceRole of workspaceRoles)
      for (const channelRole of roles) {
        const standing = { workspaceRole, channelRole, channelType };
        if (checkPermissions("archiveChannel", standing))
          expect(checkPermissions("updateChannel", standing), JSON.stringify(standing)).toBe(true);
      }
});

/** A guest, a member, an admin, the owner of the workspace. */
const inWorkspace: Record<WorkspaceAction, string> = {
  manageUsers: "--yy",
  transferOwnership: "---y",
  createChannel: "-yyy",
  browseWorkspace: "-yyy",
  manageWorkspace: "--yy",
  createEmoji: "-yyy",
  manageEmoji: "--yy",
  manageGroups: "--yy",
  lookUpByEmail: "--yy",
  invite: "--yy",
  maintain: "--yy",
  inspectWorkspace: "--yy",
  manageBots: "--yy",
  manageCommands: "--yy",
  createEventSubscription: "--yy",
  manageServerKeys: "--yy",
  audit: "--yy",
  manageRetention: "--yy",
};

test("[RD6] each cell of the workspace's table is as decided", () => {
  for (const action of Object.keys(workspacePermissions) as WorkspaceAction[])
    for (const [index, role] of workspaceRoles.entries())
      expect(checkWorkspacePermissions(action, role), `${role} ${action}`).toBe(
        inWorkspace[action][index] === "y",
      );
});
