import type { Message } from "../../../src/client/index.ts";
import type { Workspace } from "../state/workspace.ts";

/** Asks when the user is to be reminded of a message. */
export function remindOf(_workspace: Workspace, _message: Message): void {}
