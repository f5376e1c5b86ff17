import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { verifyRequest } from "../../../http/authenticate.ts";
import { newId, randomToken } from "../../../lib/ids.ts";
import type { AppEnv } from "../../../http/context.ts";
import { checkFileSession } from "../check-file-session.ts";
import { sizeOfBodyFile } from "./file-upload-handler.ts";
import type { UploadEnv } from "./incoming-file.ts";
import { abandonUpload } from "./upload-file.ts";

/**
 * Middleware that authenticates an upload in one request, as `authenticate` does. If the body is the file, so that its size is known, the
 * hub reserves its space in the same call. If the request is rejected afterwards, before `uploadFile`, the reservation is removed.
 *
 * @throws `unauthenticated`. `uploadFile` throws the error of the reservation, because errors of the request precede it.
 */
export const planUpload = createMiddleware<UploadEnv>(async (c, next) => {
  const claims = await verifyRequest(c as unknown as Context<AppEnv>);
  const ids = { fileId: newId("fil"), key: randomToken(24) };
  const createdAt = Date.now();
  const sizeBytes = sizeOfBodyFile(c.req.raw, c.var.config);
  const task = sizeBytes === undefined ? undefined : { reserve: { ...ids, sizeBytes } };
  const { actor, done } = await checkFileSession(c.env, claims, task);
  c.set("actor", actor);
  c.header("Cache-Control", "no-store");
  c.set("planned", { ...ids, createdAt, reserved: done?.reserved, hasBegun: false });
  await next();
  const { fileId, reserved, hasBegun } = c.get("planned");
  if (reserved?.ok && !hasBegun)
    await abandonUpload({ env: c.env, userId: actor.userId }, fileId, { isBlank: true });
});
