import { beforeAll, beforeEach, expect, test } from "vitest";
import { compoundFile } from "../../support/compound-file.ts";
import { frame, jpeg, png } from "../../support/image-headers.ts";
import { fileField, multipartBody, sendForm } from "../../support/worker/clients/multipart-form.ts";
import type { RestResponse } from "../../support/worker/clients/rest-client.ts";
import {
  contentPath,
  fetchAs,
  fileUsageOf,
  requestUpload,
  sendAs,
} from "../../support/worker/clients/upload-client.ts";
import { createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";

let ann: TestUser;
let before: Awaited<ReturnType<typeof fileUsageOf>>;
beforeAll(async () => {
  ann = await createUser("ann");
});
beforeEach(async () => {
  before = await fileUsageOf(ann);
});

async function inParts(content: Uint8Array, type: string): Promise<RestResponse> {
  const announced = { name: "a", sizeBytes: content.length, type };
  const { body } = await ann.call("POST", "/v1/files/uploads", announced);
  const path = `/v1/files/uploads/${body.id}`;
  await sendAs(ann, "PUT", `${path}/parts/1`, { body: content as Uint8Array<ArrayBuffer> });
  return ann.call("POST", `${path}/complete`);
}

/** Every way to upload a file. */
const ways: Record<string, (content: Uint8Array, type: string) => Promise<RestResponse>> = {
  "a body": (content, type) => requestUpload(ann, content as Uint8Array<ArrayBuffer>, { type }),
  "a form": (content, type) => sendForm(ann, multipartBody(fileField(content, "a", type))),
  "an upload in parts": inParts,
};

const shiftJis = Buffer.from([0x93, 0xfa, 0x96, 0x7b, 0x8c, 0xea, 0x0d, 0x0a]);
const utf16 = Buffer.from("\ufeffname;größe\r\n", "utf16le");
const press = jpeg(
  ...Array.from({ length: 5 }, () => [0xff, 0xe2, 0xff, 0xff, ...Array.from({ length: 65_533 }, () => 0xab)]),
  frame(640, 480),
);
const pem = Buffer.from("-----BEGIN PRIVATE KEY-----\nMC4CAQ==\n");
const farMsi = compoundFile({ rootClass: "84100c0000000000c000000000000046", directoryAt: 3_000 });
const farDoc = compoundFile({ streams: ["WordDocument"], directoryAt: 3_000 });

test.each(Object.entries(ways))(
  "[FL2] [FL3] [FL5] type and disposition of files, uploaded by %s",
  async (_name, send) => {
    for (const [content, claimed, file, served, disposition] of [
      [
        pem,
        "application/vnd.apple.keynote",
        { type: "text/plain", charset: "utf-8" },
        "text/plain; charset=utf-8",
        "attachment",
      ],
      [
        shiftJis,
        "text/plain; charset=shift_jis",
        { type: "text/plain", charset: "shift_jis" },
        "text/plain; charset=shift_jis",
        "attachment",
      ],
      [
        shiftJis,
        "text/csv; charset=Windows-31J",
        { type: "text/csv", charset: "shift_jis" },
        "text/csv; charset=shift_jis",
        "attachment",
      ],
      [
        utf16,
        "application/vnd.ms-excel",
        { type: "text/plain", charset: "utf-16le" },
        "text/plain; charset=utf-16le",
        "attachment",
      ],
      [farDoc, "application/msword", { type: "application/msword" }, "application/msword", "attachment"],
      [press, "image/jpeg", { type: "image/jpeg", width: 640, height: 480 }, "image/jpeg", "inline"],
      [jpeg(), "image/jpeg", { type: "image/jpeg" }, "image/jpeg", "attachment"],
      [
        Buffer.from([1, 2, 200]),
        "image/x-exr",
        { type: "application/octet-stream" },
        "application/octet-stream",
        "attachment",
      ],
    ] as const) {
      const { status, body, text } = await send(content, claimed);
      expect(status, text).toBe(201);
      expect(body).toMatchObject(file);
      expect((await ann.call("GET", `/v1/files/${body.id}`)).body).toEqual(body);
      expect("charset" in body).toBe("charset" in file);
      const { headers } = await fetchAs(ann, "GET", contentPath(body));
      expect(headers.get("Content-Type")).toBe(served);
      expect(headers.get("Content-Disposition")?.split(";")[0]).toBe(disposition);
      expect(headers.get("X-Content-Type-Options")).toBe("nosniff");
      await ann.call("DELETE", `/v1/files/${body.id}`);
    }
    expect(await fileUsageOf(ann)).toEqual(before);
  },
);

test.each(Object.entries(ways))(
  "[FL1] [FL3] an installer is recognized by its directory at any offset, by %s",
  async (_name, send) => {
    const bomb = jpeg(
      ...Array.from({ length: 3 }, () => [
        0xff,
        0xe2,
        0xff,
        0xff,
        ...Array.from({ length: 65_533 }, () => 1),
      ]),
      frame(65_000, 65_000),
    );
    for (const [content, code] of [
      [farMsi, "unsupported_media_type"],
      [bomb, "payload_too_large"],
    ] as const) {
      expect((await send(content, "application/msword")).body).toMatchObject({ code });
      expect(await fileUsageOf(ann)).toEqual(before);
    }
  },
);

test("[FL2] only a false type that a browser would show is rejected", async () => {
  for (const claimed of ["image/png", "audio/mpeg", "video/mp4"])
    expect((await requestUpload(ann, pem, { type: claimed })).body).toMatchObject({
      code: "unsupported_media_type",
    });
  expect(
    (await requestUpload(ann, png(1, 1) as Uint8Array<ArrayBuffer>, { type: "application/pdf" })).body,
  ).toMatchObject({ type: "image/png" });
});
