import { test } from "vitest";
import { app } from "../../../src/app.ts";
import { makeWorld } from "../../support/worker/world.ts";
import { send } from "../../support/worker/raw.ts";
test("x", async () => {
  const w = await makeWorld();
  for (const id of [":channelId", ":userId", "*", "x"]) {
  const r = await send("PATCH", `/v1/channels/${id}`, { token: w.ann.token, body: JSON.stringify({ topic: "x" }) });
  console.log("OUT", id, await r.text());
  }
  console.log("OUT", app.router.name, JSON.stringify((app.router.match("PATCH", "/v1/channels/:channelId") as any)), "\nOUT", JSON.stringify(app.router.match("PATCH", "/v1/channels/x")));
});
