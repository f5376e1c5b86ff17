import { z } from "zod";
import {
  compatibilityRoutes,
  completeUpload,
  createMessage,
  createThread,
  createUpload,
  deleteFile,
  type FileRef,
  getFileMetadata,
} from "../../../protocol/index.ts";
import { integerField, jsonField, keyField, textField } from "../api/fields.ts";
import { findMessageId, findTarget } from "../find.ts";
import { parseSlackId, slackFileId } from "../ids.ts";
import { defineMethod, nextCursor } from "../api/method.ts";
import { pathOf } from "../api/parley-api.ts";
import { convertContent } from "../message-text.ts";
import { presentFile } from "../present/file.ts";
import { slackReject } from "../api/slack-error.ts";
import { sealUploadTicket } from "../tickets.ts";

const requireFileId = (text: string): string => parseSlackId("file", text) ?? slackReject("file_not_found");

const UploadedFiles = z
  .array(z.object({ id: z.string().max(64), title: z.string().max(255).optional() }))
  .max(10);

export const fileMethods = {
  "files.getUploadURLExternal": defineMethod(
    { filename: keyField, length: integerField },
    async ({ filename, length }, { api, config, token }) => {
      const upload = await api.call(createUpload, { body: { name: filename, sizeBytes: length } });
      const { id: fileId, sizeBytes, partSizeBytes } = upload;
      const ticket = await sealUploadTicket(config, { fileId, sizeBytes, partSizeBytes, token });
      return {
        upload_url: `${api.origin}${pathOf(compatibilityRoutes.slackUpload, { params: { ticket } })}`,
        file_id: slackFileId(fileId),
      };
    },
    { codeOf: ({ code }) => (code === "payload_too_large" ? "file_upload_size_restricted" : undefined) },
  ),

  "files.completeUploadExternal": defineMethod(
    {
      files: jsonField(UploadedFiles),
      channel_id: keyField.optional(),
      channels: keyField.optional(),
      initial_comment: textField.optional(),
      thread_ts: keyField.optional(),
    },
    async ({ files = [], channel_id: single, channels, initial_comment: text, thread_ts: ts }, context) => {
      const { api } = context;
      if (files.length === 0) slackReject("invalid_arguments", "files: Required");
      const target = single ?? channels?.split(",")[0];
      const fileIds = files.map(({ id }) => requireFileId(id));
      // Before the files are completed, so that a wrong channel or thread changes nothing.
      const channelId = target === undefined ? undefined : await findTarget(api, target);
      const messageId =
        channelId === undefined || ts === undefined ? undefined : await findMessageId(api, channelId, ts);
      const completed: FileRef[] = [];
      for (const fileId of fileIds) completed.push(await api.call(completeUpload, { params: { fileId } }));
      if (channelId !== undefined) {
        const body = { ...(await convertContent({ text }, context)), fileIds };
        if (messageId === undefined) await api.call(createMessage, { params: { channelId }, body });
        else await api.call(createThread, { params: { channelId, messageId }, body });
      }
      return {
        files: completed.map((file, index) => presentFile(file, api.origin, files[index]?.title)),
      };
    },
  ),

  "files.info": defineMethod({ file: keyField }, async ({ file }, { api }) => {
    const found = await api.call(getFileMetadata, { params: { fileId: requireFileId(file) } });
    return { file: presentFile(found, api.origin), comments: [], ...nextCursor("") };
  }),

  "files.delete": defineMethod({ file: keyField }, async ({ file }, { api }) => {
    await api.call(deleteFile, { params: { fileId: requireFileId(file) } });
  }),
} as const;
