import { expect, test } from "vitest";
import { newId } from "../../../src/core/ids.ts";
import { type Person, people, person } from "../../support/worker/cast.ts";
import { hubRows } from "../../support/worker/hubs.ts";

test("[CH2] [ER5] a direct message with one who is nobody, or suspended, leaves no trace in the hubs of the others", async () => {
  const admin = await person("admin", { role: "admin" });
  const [ann, bob, cid] = (await people("ann", "bob", "cid")) as [Person, Person, Person];
  await admin.call("PATCH", `/v1/users/${cid.userId}`, { active: false });
  for (const other of [newId("usr"), newId("usr"), cid.userId]) {
    const { status } = await ann.call("POST", "/v1/dms", { userIds: [bob.userId, other] });
    expect(status).toBe(404);
  }
  for (const { userId } of [ann, bob]) expect(await hubRows(userId, "holders")).toEqual([]);
});
