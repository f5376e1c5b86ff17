import { expect, test } from "vitest";
import { randomInteger, seededRandom } from "../../../scripts/support/seeded-random.ts";
import { AppError } from "../../../src/errors/app-error.ts";
import { readForm } from "../../../src/features/files/upload/multipart-form.ts";
import {
  boundary,
  fileField,
  multipartBody,
  multipartType,
} from "../../support/worker/clients/multipart-form.ts";
import { binaryBytes } from "../../support/worker/clients/upload-client.ts";

/** Makes a function that draws integers below a bound, the same for the same seed. */
function createDraw(seed: number): (below: number) => number {
  const random = seededRandom(seed);
  return (below) => randomInteger(random, below);
}

const time = { idleMs: 20_000, totalMs: 60_000 };

const line = Buffer.from(`--${boundary}`);
const pieces = [
  line,
  Buffer.from("--"),
  Buffer.from("\r\n"),
  Buffer.from("\r\n\r\n"),
  Buffer.from("\r\n--"),
  Buffer.from('Content-Disposition: form-data; name="file"; filename="a"\r\n'),
  Buffer.from("Content-Disposition: form-data"),
  Buffer.from("Content-Type: ;;\r\n"),
  Buffer.from(": \r\n\u0000"),
  binaryBytes(300),
  binaryBytes(70_000),
];

/** Removes or inserts parts of a form, several times. */
function mutate(form: Buffer, next: (below: number) => number): Buffer {
  let bytes = form;
  for (let times = 1 + next(4); times > 0; times--) {
    const at = next(2) === 0 ? next(bytes.length + 1) : Math.min(next(200), bytes.length);
    const piece = pieces[next(pieces.length)]!;
    const removed = next(3) === 0 ? next(bytes.length - at + 1) : next(8);
    bytes = Buffer.concat([
      bytes.subarray(0, at),
      next(3) === 0 ? Buffer.alloc(0) : piece,
      bytes.subarray(at + removed),
    ]);
  }
  return bytes;
}

/** Returns the body in chunks of random size; if it `breaks`, it ends at a random byte with an error. */
function bodyOf(bytes: Buffer, next: (below: number) => number, breaks: boolean): ReadableStream<Uint8Array> {
  let at = 0;
  const end = breaks ? next(bytes.length + 1) : bytes.length;
  return new ReadableStream({
    type: "bytes",
    pull(controller) {
      if (at >= end) {
        if (breaks) controller.error(new Error("cut"));
        else controller.close();
        controller.byobRequest?.respond(0);
        return;
      }
      const size = Math.min(end - at, 1 + (next(2) === 0 ? next(40) : next(100_000)));
      controller.enqueue(new Uint8Array(bytes.subarray(at, (at += size))));
    },
  });
}

const withTimeout = <T>(work: Promise<T>): Promise<T> =>
  Promise.race([
    work,
    new Promise<never>((_, reject) => setTimeout(() => reject(new Error("It hangs")), 3_000)),
  ]);

async function read(body: ReadableStream<Uint8Array>, giveUp: boolean): Promise<Buffer | undefined> {
  const { bytes } = await readForm(body, { contentType: multipartType, bodyBytes: 1_000_000, time });
  const got: Uint8Array[] = [];
  for (let chunk = await bytes.read(); chunk; chunk = await bytes.read()) {
    got.push(chunk.slice());
    if (giveUp) {
      await bytes.drain();
      return undefined;
    }
  }
  return Buffer.concat(got);
}

test("[FL1] every mutated or truncated form ends as a file or a rejection", async () => {
  const content = binaryBytes(150_000);
  const forms = [
    multipartBody(fileField(content)),
    multipartBody(fileField("x")),
    multipartBody(fileField("x"), fileField(content)),
  ];
  const outcomes = { file: 0, rejected: 0 };
  for (let seed = 0; seed < 320; seed++) {
    const next = createDraw(seed);
    const bytes = mutate(forms[next(forms.length)]!, next);
    const breaks = next(3) === 0;
    try {
      const whole = await withTimeout(read(bodyOf(bytes, next, breaks), next(4) === 0));
      expect(breaks && whole !== undefined, `seed ${seed} is truncated but stored`).toBe(false);
      outcomes.file++;
    } catch (error) {
      expect(error, `seed ${seed}: ${String(error)}`).toBeInstanceOf(AppError);
      expect((error as AppError).status, `seed ${seed}`).toBe(400);
      outcomes.rejected++;
    }
  }
  expect(outcomes.file).toBeGreaterThan(10);
  expect(outcomes.rejected).toBeGreaterThan(80);
});

test("[FL1] a form that ends before its first field is rejected, however much follows", async () => {
  const bytes = Buffer.concat([line, Buffer.from("--\r\n"), binaryBytes(70_000)]);
  const body = new Blob([bytes]).stream();
  await expect(withTimeout(read(body, false))).rejects.toMatchObject({ code: "validation_failed" });
});

test("[FL1] a form is read no faster than its file is", async () => {
  const size = 16 * 1024 * 1024;
  const form = multipartBody(fileField(binaryBytes(size)));
  let sent = 0;
  const body = new ReadableStream({
    type: "bytes",
    pull(controller) {
      controller.enqueue(new Uint8Array(form.subarray(sent, (sent += 64 * 1024))));
      if (sent >= form.length) controller.close();
    },
  });
  const { bytes } = await readForm(body, { contentType: multipartType, bodyBytes: form.length, time });
  let got = 0;
  for (let chunk = await bytes.read(); chunk; chunk = await bytes.read()) {
    got += chunk.byteLength;
    await scheduler.wait(0);
    expect(sent - got, "bytes buffered in memory").toBeLessThan(512 * 1024);
  }
  expect(got).toBe(size);
});
