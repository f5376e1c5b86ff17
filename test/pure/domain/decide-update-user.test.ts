import { expect, test } from "vitest";
import { AppError } from "../../../src/errors/app-error.ts";
import { type Account, decideUpdateUser, type UserChange } from "../../../src/features/users/decide.ts";
import type { WorkspaceRole } from "../../../src/protocol/index.ts";

const roles: WorkspaceRole[] = ["member", "admin", "owner"];
const changes: UserChange[] = [
  {},
  ...roles.map((role) => ({ role })),
  ...[true, false].map((active) => ({ active })),
  ...roles.flatMap((role) => [true, false].map((active) => ({ role, active }))),
];

function outcome(actor: Account, user: Account, change: UserChange): string {
  try {
    const update = decideUpdateUser(actor, user, change);
    return update
      ? `${update.role} ${update.active}${update.transfersOwnership ? ", and the owner an admin" : ""}`
      : "as it was";
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
}

/** The rules a second time, as a list of rejected changes. */
function expected(actor: Account, user: Account, { role, active }: UserChange): string {
  const next = { role: role ?? user.role, active: active ?? user.active };
  if (actor.role === "member" || !actor.active) return "forbidden";
  if (next.role === user.role && next.active === user.active) return "as it was";
  if (actor.id === user.id) return "conflict";
  if (user.role === "owner") return "forbidden";
  if (next.role !== "owner") return `${next.role} ${next.active}`;
  if (actor.role !== "owner") return "forbidden";
  return next.active ? "owner true, and the owner an admin" : "conflict";
}

test("[CH4] each role may change each other one exactly as in the rules", () => {
  let cells = 0;
  for (const actorRole of roles)
    for (const actorActive of [true, false])
      for (const userRole of roles)
        for (const userActive of [true, false])
          for (const isSelf of [false, true])
            for (const change of changes) {
              // There is one owner.
              if (!isSelf && actorRole === "owner" && userRole === "owner") continue;
              const actor = { id: "usr_1", role: actorRole, active: actorActive };
              const user = isSelf ? actor : { id: "usr_2", role: userRole, active: userActive };
              expect(outcome(actor, user, change), JSON.stringify({ actor, user, change })).toBe(
                expected(actor, user, change),
              );
              cells++;
            }
  expect(cells).toBeGreaterThan(700);
});

test("[CH4] only their own transfer demotes the owner; no user promotes themselves", () => {
  const owner = { id: "usr_1", role: "owner" as const, active: true };
  for (const role of roles) {
    for (const actor of [{ id: "usr_2", role, active: true }, { ...owner }]) {
      if (actor.id !== owner.id && role === "owner") continue;
      for (const change of changes)
        expect(outcome(actor, owner, change)).toMatch(/^(forbidden|conflict|as it was)$/);
    }
    const self = { id: "usr_3", role, active: true };
    for (const change of changes)
      expect(outcome(self, self, change)).toMatch(/^(forbidden|conflict|as it was)$/);
  }
});
