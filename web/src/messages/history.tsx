import type { Message } from "../../../src/client/index.ts";
import type { Workspace } from "../state/workspace.ts";

/** Shows the earlier versions of a message. */
export function showHistory(_workspace: Workspace, _message: Message): void {}
