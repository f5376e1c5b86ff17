export { callBucket } from "./call-bucket.ts";
export { notifyDroppedFiles } from "./notify-deletion.ts";
export { hasFiles, prepareCreateMessage, prepareCreateThread } from "./prepare.ts";
export { type ByteSource, readBody, uploadTimeouts } from "./upload/byte-source.ts";
export { contentLength } from "./upload/file-upload-handler.ts";
export { readForm } from "./upload/multipart-form.ts";
export { fileRoutes } from "./routes.ts";
export { createCarriedFileTable, type DroppedFile, CarriedFileTable } from "./carried-file-table.ts";
export { deleteBytes, deleteFileRow } from "./file-queries.ts";
