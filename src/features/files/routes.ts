import { type Context, Hono } from "hono";
import { authenticate } from "../../http/authenticate.ts";
import type { AppEnv } from "../../http/context.ts";
import { reply } from "../../http/reply.ts";
import { body, validate } from "../../http/validate.ts";
import {
  cancelUpload,
  completeUpload as completeUploadEndpoint,
  createUpload,
  deleteFile as deleteFileEndpoint,
  getFileContent,
  getFileMetadata,
  getUpload,
  uploadFile as uploadFileEndpoint,
  uploadPart,
} from "../../protocol/index.ts";
import { requireFileForRequest } from "./require-file.ts";
import { serveContent } from "./content/serve-content.ts";
import { deleteFile } from "./delete-file.ts";
import { beginUpload, findUpload } from "./parts/begin-upload.ts";
import { completeUpload } from "./parts/complete-upload.ts";
import { storePart } from "./parts/store-part.ts";
import { presentFile } from "./file-queries.ts";
import { planUpload } from "./upload/plan-upload.ts";
import { fileTypeCheck } from "./upload/file-type-check.ts";
import { fileUploadHandler } from "./upload/file-upload-handler.ts";
import { fileValidation } from "./upload/file-validation.ts";
import type { UploadEnv } from "./upload/incoming-file.ts";
import { drainUnreadBody } from "./upload/drain-unread-body.ts";
import { limitConcurrentUploads } from "./upload/concurrent-upload-limit.ts";
import { abandonUpload, uploadFile, type UploadContext } from "./upload/upload-file.ts";

/** The routes of files: upload in one request or in parts, metadata, content, deletion. */
export const fileRoutes = new Hono<AppEnv>()
  .route(
    "/",
    new Hono<UploadEnv>().post(
      uploadFileEndpoint.path,
      planUpload,
      drainUnreadBody,
      limitConcurrentUploads,
      validate("query", uploadFileEndpoint.query),
      fileUploadHandler,
      fileValidation,
      fileTypeCheck,
      async (c) =>
        reply(
          c,
          uploadFileEndpoint,
          await keepRunning(c, uploadFile(uploadContext(c), c.get("planned"), c.get("incoming"))),
        ),
    ),
  )

  .post(createUpload.path, authenticate(), body(createUpload.body), async (c) =>
    reply(c, createUpload, await keepRunning(c, beginUpload(uploadContext(c), c.req.valid("json")))),
  )

  .get(getUpload.path, authenticate(), validate("param", getUpload.params), async (c) =>
    reply(c, getUpload, await findUpload(uploadContext(c), c.req.valid("param").fileId)),
  )

  .put(
    uploadPart.path,
    authenticate(),
    drainUnreadBody,
    limitConcurrentUploads,
    validate("param", uploadPart.params),
    async (c) => {
      await storePart(uploadContext(c), c.req.valid("param"), c.req.raw);
      return reply(c, uploadPart);
    },
  )

  .post(
    completeUploadEndpoint.path,
    authenticate(),
    validate("param", completeUploadEndpoint.params),
    async (c) => {
      const { fileId } = c.req.valid("param");
      const { file, repeated } = await keepRunning(c, completeUpload(uploadContext(c), fileId));
      return reply(c, completeUploadEndpoint, file, repeated);
    },
  )

  .delete(cancelUpload.path, authenticate(), validate("param", cancelUpload.params), async (c) => {
    const { fileId } = c.req.valid("param");
    await findUpload(uploadContext(c), fileId);
    await abandonUpload(uploadContext(c), fileId);
    return reply(c, cancelUpload);
  })

  .get(getFileMetadata.path, validate("param", getFileMetadata.params), async (c) =>
    reply(c, getFileMetadata, presentFile(await requireFileForRequest(c, c.req.valid("param").fileId))),
  )

  .get(getFileContent.path, validate("param", getFileContent.params), async (c) =>
    serveContent(c, await requireFileForRequest(c, c.req.valid("param").fileId)),
  )

  .delete(
    deleteFileEndpoint.path,
    authenticate(),
    validate("param", deleteFileEndpoint.params),
    async (c) => {
      await deleteFile(c.env, c.var.actor, c.req.valid("param").fileId);
      return reply(c, deleteFileEndpoint);
    },
  );

const uploadContext = ({
  env,
  var: { config, actor },
}: Pick<Context<AppEnv>, "env" | "var">): UploadContext => ({
  env,
  config,
  userId: actor.userId,
});

/** Lets `work` finish if the client disconnects: an upload is completed, or removed. */
function keepRunning<T>(c: Pick<Context<AppEnv>, "executionCtx">, work: Promise<T>): Promise<T> {
  c.executionCtx.waitUntil(work.catch(() => {}));
  return work;
}
