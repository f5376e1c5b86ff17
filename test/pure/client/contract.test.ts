import { readdir, readFile } from "node:fs/promises";
import { URL } from "node:url";
import { expect, test } from "vitest";
import { contractFiles } from "../../../scripts/client-contract/contract.ts";
import { clientDocument } from "../../../scripts/client-contract/reference.ts";
import * as contract from "../../../src/client/contract/index.ts";
import { commands, endpoints, errorCatalog } from "../../../src/protocol/index.ts";

const directory = new URL("../../../src/client/contract/", import.meta.url);

test("[CL5] the client's types and constants are those of the current protocol", async () => {
  const wanted = await contractFiles();
  expect((await readdir(directory)).toSorted()).toEqual([...wanted.keys()].toSorted());
  for (const [name, text] of wanted) {
    const committed = await readFile(new URL(name, directory), "utf8");
    expect(committed === text, `src/client/contract/${name} is stale: npm run docs`).toBe(true);
  }
});

test("[DC2] docs/client.md has every current endpoint, command, event and option", async () => {
  const committed = await readFile(new URL("../../../docs/client.md", import.meta.url), "utf8");
  expect(committed === clientDocument(), "docs/client.md is stale: npm run docs").toBe(true);
});

test("[CL5] the client has every endpoint, command and error code of the protocol", () => {
  const known = contract as unknown as Record<string, { method: string; path: string }>;
  for (const [name, { method, path }] of Object.entries(endpoints))
    expect(known[name]).toMatchObject({ method: method.toUpperCase(), path });
  expect(contract.commandTypes).toEqual(Object.keys(commands));
  expect(Object.keys(contract.errorCodes)).toEqual(Object.keys(errorCatalog));
});

test("[CL5] each endpoint is documented with summary, path and errors", async () => {
  const { summary, method, path } = endpoints["pinMessage"]!;
  const text = await readFile(new URL("pins.ts", directory), "utf8");
  expect(text).toContain(
    `/**\n * ${summary}.\n *\n * \`${method.toUpperCase()} ${path}\`\n *\n * @throws ParleyError \`conflict\`, \`forbidden\`, \`not_found\`, \`validation_failed\`\n */\nexport const pinMessage: Endpoint<PinMessageInput, Pin>`,
  );
});
