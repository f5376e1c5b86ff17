import { describe, expect, test } from "vitest";
import type { User } from "../../../src/client/index.ts";
import { isEmailAddress, permittedChanges } from "../../../web/src/admin/people/permitted-changes.ts";

const owner = { id: "usr_owner", role: "owner" } as const;
const admin = { id: "usr_admin", role: "admin" } as const;

const user = (change: Partial<User> = {}) =>
  ({ id: "usr_ann", role: "member", active: true, isBot: false, ...change }) as const;

describe("permittedChanges", () => {
  test("offers all other roles except that of the owner", () => {
    expect(permittedChanges(admin, user()).roles).toEqual(["admin", "guest"]);
    expect(permittedChanges(owner, user({ role: "admin" })).roles).toEqual(["member", "guest"]);
  });

  test.each([
    ["oneself", admin, user(admin)],
    ["the owner", admin, user(owner)],
    ["the owner's own account", owner, user(owner)],
  ])("offers nothing for %s", (_, actor, target) => {
    expect(permittedChanges(actor, target)).toEqual({
      roles: [],
      transferOwnership: false,
      suspend: false,
      reactivate: false,
      endSessions: false,
      resetSecondFactors: false,
      erase: false,
    });
  });

  test("lets only the owner transfer the ownership, to an active member", () => {
    expect(permittedChanges(owner, user()).transferOwnership).toBe(true);
    expect(permittedChanges(admin, user()).transferOwnership).toBe(false);
    for (const change of [{ role: "guest" }, { active: false }, { isBot: true }] as const)
      expect(permittedChanges(owner, user(change)).transferOwnership).toBe(false);
  });

  test("offers only to repeat the erasure of an erased account", () => {
    const erased = user({ active: false, erasedAt: "2026-01-02T03:04:05.000Z" });
    expect(permittedChanges(owner, erased)).toEqual({
      roles: [],
      transferOwnership: false,
      suspend: false,
      reactivate: false,
      endSessions: false,
      resetSecondFactors: false,
      erase: true,
    });
  });

  test("offers to reactivate a suspended user, and not to suspend them", () => {
    const { suspend, reactivate, endSessions } = permittedChanges(admin, user({ active: false }));
    expect({ suspend, reactivate, endSessions }).toEqual({
      suspend: false,
      reactivate: true,
      endSessions: false,
    });
  });

  test("offers neither sessions nor second factors of a bot", () => {
    const { endSessions, resetSecondFactors } = permittedChanges(admin, user({ isBot: true }));
    expect({ endSessions, resetSecondFactors }).toEqual({ endSessions: false, resetSecondFactors: false });
  });
});

test.each([
  ["ann@example.org", true],
  ["@ann", false],
  ["ann@example", false],
  ["ann example.org", false],
  ["", false],
])("isEmailAddress(%j) is %j", (text, expected) => {
  expect(isEmailAddress(text)).toBe(expected);
});
