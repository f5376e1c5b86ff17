export { notifyDroppedFiles } from "./notify-deletion.ts";
export { hasFiles, prepareCreateMessage, prepareCreateThread } from "./prepare.ts";
export { fileRoutes } from "./routes.ts";
export { createCarriedFiles, type DroppedFile, FileState } from "./state.ts";
export { deleteBytes, deleteFileRow } from "./file-queries.ts";
