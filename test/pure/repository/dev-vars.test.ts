import { URL } from "node:url";
import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { importJWK } from "jose";
import { expect, test } from "vitest";
import { completeDevVars } from "../../../scripts/support/dev-vars.ts";

test("a missing file is created with both keys, valid for use", async () => {
  const { text, added } = await completeDevVars("");
  expect(added).toEqual(["JWT_SIGNING_KEY", "REFRESH_TOKEN_KEY"]);
  const vars = parseEnv(text);
  const jwk = JSON.parse(vars["JWT_SIGNING_KEY"] ?? "");
  expect(jwk).toMatchObject({
    kty: "OKP",
    crv: "Ed25519",
    alg: "EdDSA",
    kid: expect.stringMatching(/^[\w-]{43}$/),
  });
  expect(await importJWK(jwk)).toMatchObject({ type: "private" });
  expect(Buffer.from(vars["REFRESH_TOKEN_KEY"] ?? "", "base64url")).toHaveLength(32);
});

test("no existing key is overwritten", async () => {
  const text = "# mine\nJWT_SIGNING_KEY=nonsense\nexport REFRESH_TOKEN_KEY = 'x'\nOTHER=1";
  expect(await completeDevVars(text)).toEqual({ text, added: [] });
});

test("a missing key is appended, and a second run adds nothing", async () => {
  const first = await completeDevVars("# mine\nREFRESH_TOKEN_KEY=x\nOTHER=1\n");
  expect(first.added).toEqual(["JWT_SIGNING_KEY"]);
  expect(first.text).toMatch(/^# mine\nREFRESH_TOKEN_KEY=x\nOTHER=1\nJWT_SIGNING_KEY='\{.*\}'\n$/);
  expect(await completeDevVars(first.text)).toEqual({ text: first.text, added: [] });
});

test("a copy of .dev.vars.example is completed, its comments kept", async () => {
  const example = readFileSync(new URL("../../../.dev.vars.example", import.meta.url), "utf8");
  const { text, added } = await completeDevVars(example);
  expect(added).toHaveLength(2);
  expect(text.match(/^JWT_SIGNING_KEY=/gm)).toHaveLength(1);
  expect(text).toContain("# SETUP_TOKEN=");
});
