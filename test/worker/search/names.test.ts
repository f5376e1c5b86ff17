import { beforeAll, describe, expect, test } from "vitest";
import { newId } from "../../../src/lib/ids.ts";
import type { Channel, FileHit, User } from "../../../src/protocol/index.ts";
import { callRest } from "../../support/worker/clients/rest-client.ts";
import { postIndexed, requestSearch, searchAll } from "../../support/worker/clients/search-client.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { addFilesToStoredMessage } from "../../support/worker/fixtures/stored-messages.ts";
import { waitForIndex } from "../../support/worker/objects/search-index.ts";

let ann: TestUser, bob: TestUser;
beforeAll(async () => {
  [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
});

async function channelNamed(owner: TestUser, name: string, more: object = {}): Promise<string> {
  const { body } = await owner.call("POST", "/v1/channels", { name, ...more });
  await waitForIndex(body.id);
  return body.id as string;
}

describe("channels", () => {
  const names = async (who: TestUser, q: string, more?: Record<string, string>) =>
    (await searchAll<Channel>(who, "channels", q, more)).map(({ name }) => name);

  test("[SR12] are found by words and prefixes of name, topic and description", async () => {
    await channelNamed(ann, "zz about Release notes", { topic: "what we released" });
    await channelNamed(ann, "release-b");
    await channelNamed(ann, "Release A");
    await channelNamed(ann, "Größe", { description: "of a release" });
    expect(await names(bob, "release")).toEqual([
      "Release A",
      "release-b",
      "Größe",
      "zz about Release notes",
    ]);
    expect(await names(bob, "release", { limit: "1" })).toEqual(await names(bob, "release"));
    expect(await names(bob, "rele")).toHaveLength(4);
    expect(await names(bob, "releasing -notes")).toEqual(["Größe", "Release A", "release-b"]);
    expect(await names(bob, "grosse")).toEqual(["Größe"]);
    expect(await names(bob, '"release notes"')).toEqual(["zz about Release notes"]);
    expect(await names(bob, "release nowhere")).toEqual([]);
    expect(await names(bob, "-release")).toEqual([]);
    expect(await names(bob, "in:release")).toEqual([]);
  });

  test("[SR10] [SR12] a page's cursor does not reveal the number of channels", async () => {
    for (const name of ["counted a", "counted b"]) await channelNamed(ann, name);
    const { body } = await requestSearch(bob, "channels", "counted", { limit: "1" });
    expect(JSON.parse(atob(body.nextCursor))).toEqual([0, "counted a", body.items[0].id]);
  });

  test("[SR12] only members find private ones, no one direct ones, all archived ones", async () => {
    const secretId = await channelNamed(ann, "hidden treasure", { isPrivate: true });
    const { body } = await ann.call("POST", "/v1/dms", { userIds: [bob.userId] });
    await postIndexed(ann, body.id, ["treasure"]);
    expect(await names(bob, "treasure")).toEqual([]);
    expect(await names(ann, "treasure")).toEqual(["hidden treasure"]);
    await ann.call("POST", `/v1/channels/${secretId}/members`, { userId: bob.userId });
    await waitForIndex(secretId);
    expect(await names(bob, "treasure")).toEqual(["hidden treasure"]);
    await ann.call("DELETE", `/v1/channels/${secretId}`);
    await waitForIndex(secretId);
    expect(await names(bob, "treasure")).toEqual(["hidden treasure"]);
    await ann.call("DELETE", `/v1/channels/${secretId}/members/${bob.userId}`);
    expect(await names(bob, "treasure")).toEqual([]);
  });

  test("[SR12] a rename is found by its new words, and no longer by its old ones", async () => {
    const id = await channelNamed(ann, "oldname");
    await ann.call("PATCH", `/v1/channels/${id}`, { name: "newname" });
    await waitForIndex(id);
    expect([await names(bob, "oldname"), await names(bob, "newname")]).toEqual([[], ["newname"]]);
  });
});

describe("users", () => {
  const found = async (q: string, more?: Record<string, string>) =>
    (await searchAll<User>(ann, "users", q, more)).map(({ displayName }) => displayName);
  const register = async (username: string, displayName: string) => {
    const email = `${newId("usr").slice(4)}@parley.test`;
    const body = { email, username, displayName, password: "correct horse battery" };
    return (await callRest("POST", "/v1/auth/register", { body })).body;
  };

  test("[SR12] are found by prefixes of all words of their names; each once", async () => {
    await register("maria.gonzalez", "María José González");
    const { tokens } = await register("marianne", "Marianne Mari 明");
    await register("wang", "王小明");
    expect(await found("mari")).toEqual(["Marianne Mari 明", "María José González"]);
    expect(await found("mari", { limit: "1" })).toEqual(["Marianne Mari 明", "María José González"]);
    expect(await found("gonz maria")).toEqual(["María José González"]);
    expect(await found("JOSE")).toEqual(["María José González"]);
    expect(await found("小明")).toEqual(["王小明"]);
    expect(await found("王")).toEqual(["王小明"]);
    expect(await found("明")).toEqual(["Marianne Mari 明", "王小明"]);
    expect(await found("maria nobody")).toEqual([]);
    expect(await found("???")).toEqual([]);
    await callRest("PATCH", "/v1/users/me", { token: tokens.accessToken, body: { displayName: "Nina" } });
    expect([await found("mari 明"), await found("nina"), await found("marianne")]).toEqual([
      [],
      ["Nina"],
      ["Nina"],
    ]);
  });
});

describe("files", () => {
  const names = async (who: TestUser, q: string, more?: Record<string, string>) =>
    (await searchAll<FileHit>(who, "files", q, more)).map(({ file }) => file.name);

  test("[SR12] are found by words of their names, newest first, and by operators", async () => {
    const id = await createChannelFor(ann, [bob], { isPrivate: true });
    const [first, second] = (await postIndexed(ann, id, ["photo report", "see these"])) as [string, string];
    await addFilesToStoredMessage(first, ann.userId, ["Reports_2026-Q1.pdf"]);
    await addFilesToStoredMessage(second, ann.userId, [
      "reporting.csv",
      "Übersicht photo.png",
      "draft report.txt",
    ]);
    const all = ["reporting.csv", "draft report.txt", "Reports_2026-Q1.pdf"];
    expect(await names(bob, "report")).toEqual(all);
    expect(await names(bob, "report", { limit: "1" })).toEqual(all);
    expect(await names(bob, "report -draft")).toEqual(["reporting.csv", "Reports_2026-Q1.pdf"]);
    expect(await names(bob, "photo")).toEqual(["Übersicht photo.png"]);
    expect(await names(bob, "ubersicht OR 2026")).toEqual(["Übersicht photo.png", "Reports_2026-Q1.pdf"]);
    expect(await names(bob, "draft photo")).toEqual([]);
    expect(await names(bob, "rep*")).toEqual(all);
    expect(await names(bob, '"reports 2026"')).toEqual(["Reports_2026-Q1.pdf"]);
    expect(await names(bob, `from:${ann.username} in:${id} .csv`)).toEqual(["reporting.csv"]);
    expect(await names(bob, `-draft from:${ann.username}`, { limit: "1" })).toHaveLength(3);
    expect(await names(bob, `from:${bob.username}`)).toEqual([]);
    await ann.call("DELETE", `/v1/channels/${id}/messages/${second}`);
    expect(await names(bob, "report")).toEqual(["Reports_2026-Q1.pdf"]);
    await ann.call("DELETE", `/v1/channels/${id}/members/${bob.userId}`);
    expect((await requestSearch(bob, "files", "report")).body).toEqual({ items: [], nextCursor: null });
  });
});
