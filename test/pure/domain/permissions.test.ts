import { expect, test } from "vitest";
import {
  type Action,
  checkPermissions,
  checkWorkspacePermissions,
  permissions,
  type WorkspaceAction,
  workspacePermissions,
} from "../../../src/domain/permissions.ts";
import type { ChannelRole, ChannelType, WorkspaceRole } from "../../../src/protocol/index.ts";

const actions = Object.keys(permissions) as Action[];
const types: ChannelType[] = ["public", "private", "direct", "group"];
const workspaceRoles: WorkspaceRole[] = ["member", "admin", "owner"];
const roles: (ChannelRole | null)[] = [null, "member", "moderator", "owner"];

/**
 * The permissions a second time, written by hand. Columns: an outsider, a member, a moderator and an owner of the
 * channel who are plain members of the workspace; then the same four as its admin or owner. `A`: only the author.
 * `-`: not allowed.
 */
const expected: Record<Action, { public: string; private: string; unnamed: string }> = {
  readChannel: { public: "yyyy yyyy", private: "-yyy -yyy", unnamed: "-yyy -yyy" },
  updateChannel: { public: "--yy yyyy", private: "--yy -yyy", unnamed: "---- ----" },
  archiveChannel: { public: "---y yyyy", private: "---y -yyy", unnamed: "---- ----" },
  purgeChannel: { public: "---y yyyy", private: "---y -yyy", unnamed: "---- ----" },
  joinChannel: { public: "yyyy yyyy", private: "-yyy -yyy", unnamed: "---- ----" },
  leaveChannel: { public: "yyyy yyyy", private: "-yyy -yyy", unnamed: "---- ----" },
  addMember: { public: "-yyy yyyy", private: "-yyy -yyy", unnamed: "---- ----" },
  appointMember: { public: "---y yyyy", private: "---y -yyy", unnamed: "---- ----" },
  removeMember: { public: "--yy yyyy", private: "--yy -yyy", unnamed: "---- ----" },
  createMessage: { public: "-yyy -yyy", private: "-yyy -yyy", unnamed: "-yyy -yyy" },
  updateMessage: { public: "-AAA -AAA", private: "-AAA -AAA", unnamed: "-AAA -AAA" },
  deleteMessage: { public: "-Ayy yyyy", private: "-Ayy -yyy", unnamed: "-Ayy -Ayy" },
  createThread: { public: "-yyy -yyy", private: "-yyy -yyy", unnamed: "-yyy -yyy" },
  followThread: { public: "-yyy -yyy", private: "-yyy -yyy", unnamed: "-yyy -yyy" },
  addReaction: { public: "-yyy -yyy", private: "-yyy -yyy", unnamed: "-yyy -yyy" },
  removeReaction: { public: "-yyy -yyy", private: "-yyy -yyy", unnamed: "-yyy -yyy" },
  pinMessage: { public: "-yyy -yyy", private: "-yyy -yyy", unnamed: "-yyy -yyy" },
  markRead: { public: "-yyy -yyy", private: "-yyy -yyy", unnamed: "-yyy -yyy" },
};

for (const action of actions) {
  test(`[RD6] ${action}: each cell is as decided`, () => {
    const row = expected[action];
    for (const channelType of types) {
      const cells = row[
        channelType === "direct" || channelType === "group" ? "unnamed" : channelType
      ].replace(" ", "");
      for (const workspaceRole of workspaceRoles) {
        for (const [index, channelRole] of roles.entries()) {
          const cell = cells[(workspaceRole === "member" ? 0 : 4) + index];
          for (const isAuthor of [false, true, undefined]) {
            const may = checkPermissions(action, {
              workspaceRole,
              channelRole,
              channelType,
              ...(isAuthor !== undefined && { isAuthor }),
            });
            expect(may, `${workspaceRole} ${channelRole} ${channelType} ${isAuthor}`).toBe(
              cell === "y" || (cell === "A" && isAuthor === true),
            );
          }
        }
      }
    }
  });
}

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

/** A member, an admin, the owner of the workspace. */
const inWorkspace: Record<WorkspaceAction, string> = {
  manageUsers: "-yy",
  transferOwnership: "--y",
  maintain: "-yy",
  audit: "-yy",
  manageRetention: "-yy",
};

test("[RD6] each cell of the workspace's table is as decided", () => {
  for (const action of Object.keys(workspacePermissions) as WorkspaceAction[])
    for (const [index, role] of workspaceRoles.entries())
      expect(checkWorkspacePermissions(action, role), `${role} ${action}`).toBe(
        inWorkspace[action][index] === "y",
      );
});
