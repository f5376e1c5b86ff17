export { dropFiles } from "./notify-deletion.ts";
export { carriesFiles, prepareCreateMessage, prepareCreateThread } from "./prepare.ts";
export { fileRoutes } from "./routes.ts";
export { createCarriedFiles, type DroppedFile, FileState } from "./state.ts";
export { removeBytes, removeFile } from "./file-queries.ts";
