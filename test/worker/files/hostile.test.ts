import { expect, test } from "vitest";
import { FileName } from "../../../src/protocol/index.ts";
import { type HostileFile, hostileFiles } from "../../support/hostile-files.ts";
import {
  contentPath,
  fetchAs,
  fileUsageOf,
  requestUpload,
} from "../../support/worker/clients/upload-client.ts";
import { createUser } from "../../support/worker/fixtures/accounts.ts";

/** An independent list of the types that may be shown inline, and how their bytes begin. */
const shown: Record<string, (head: Buffer) => boolean> = {
  "image/png": (head) => head.subarray(1, 8).equals(Buffer.from("PNG\r\n\u001a\n")),
  "image/jpeg": (head) => head.readUInt16BE(0) === 0xffd8,
  "image/gif": (head) => /^GIF8[79]a/.test(head.toString("latin1")),
  "image/webp": (head) => /^RIFF[^]{4}WEBP/.test(head.toString("latin1")),
  "image/avif": (head) => /^[^]{4}ftypavi/.test(head.toString("latin1")),
  "audio/mpeg": (head) => head[0] === 0xff || head.toString("latin1").startsWith("ID3"),
  "audio/wav": (head) => /^RIFF[^]{4}WAVE/.test(head.toString("latin1")),
  "audio/ogg": (head) => head.toString("latin1").startsWith("OggS"),
  "audio/flac": (head) => head.toString("latin1").startsWith("fLaC"),
  "video/mp4": (head) => /^[^]{4}ftyp/.test(head.toString("latin1")),
};

/** Types that no browser executes, from any source. */
const harmless =
  /^(text\/plain(; charset=[\w-]+)?|application\/(?!xhtml|xml|javascript)[\w.+-]+|(image|audio|video)\/(?!svg)[\w.+-]+)$/;

const seen = { taken: 0, inline: 0, rejected: 0 };

async function expectHarmless(
  who: { token: string },
  { name, type, content, mustBeRejected: rejected }: HostileFile,
) {
  const what = JSON.stringify([name.slice(0, 40), type]);
  const answer = await requestUpload(who, content as Uint8Array<ArrayBuffer>, { name, type });
  if (answer.status !== 201) {
    expect([400, 413, 415], `${what}: ${answer.text}`).toContain(answer.status);
    expect(answer.body.detail, what).toMatch(/\w{3}/);
    seen.rejected++;
    return;
  }
  expect(rejected ?? false, `${what} was accepted`).toBe(false);
  expect(FileName.parse(name), what).toBe(answer.body.name);
  const response = await fetchAs(who, "GET", contentPath(answer.body));
  const bytes = Buffer.from(await response.arrayBuffer());
  const { headers } = response;
  expect(bytes.equals(content), what).toBe(true);
  expect(headers.get("X-Content-Type-Options"), what).toBe("nosniff");
  expect(headers.get("Content-Security-Policy"), what).toBe("sandbox; default-src 'none'");
  expect(headers.get("Cross-Origin-Resource-Policy"), what).toBe("same-origin");
  expect(headers.get("Set-Cookie"), what).toBeNull();
  const served = headers.get("Content-Type") ?? "";
  expect(served, what).toMatch(harmless);
  const disposition = headers.get("Content-Disposition") ?? "";
  expect(disposition, what).toMatch(/^(inline|attachment); filename=[\x20-\x7e]+$/);
  seen.taken++;
  if (disposition.startsWith("attachment;")) return;
  seen.inline++;
  expect(shown[served]?.(bytes), `${what} is shown as ${served}`).toBe(true);
}

test("[FL2] [FL3] [FL4] [FL5] 200 hostile files are rejected or served inert", async () => {
  const ann = await createUser("ann");
  const before = await fileUsageOf(ann);
  const files = hostileFiles();
  expect(files.length).toBeGreaterThanOrEqual(200);
  // Within the limit of concurrent uploads of one user.
  for (let at = 0; at < files.length; at += 10)
    await Promise.all(files.slice(at, at + 10).map((file) => expectHarmless(ann, file)));
  expect(seen.taken + seen.rejected).toBe(files.length);
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(15);
  const after = await fileUsageOf(ann);
  expect([after.rows - before.rows, after.objects - before.objects]).toEqual([seen.taken, seen.taken]);
});
