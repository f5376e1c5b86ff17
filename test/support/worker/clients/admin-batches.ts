import type {
  getAllChannelIds,
  getDirectMessagesProjection,
  reindexDirectMessages,
  reprojectDirectMessages,
} from "../../../../src/protocol/index.ts";
import type { TestUser } from "../fixtures/accounts.ts";
import { callEndpoint } from "./endpoint-client.ts";

/** Calls an administrator's endpoint with each cursor until the last page; returns the bodies. */
export async function readAllBatches(
  admin: TestUser,
  endpoint:
    | typeof getAllChannelIds
    | typeof reprojectDirectMessages
    | typeof reindexDirectMessages
    | typeof getDirectMessagesProjection,
): Promise<any[]> {
  const batches = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const { body } = await callEndpoint(endpoint, { as: admin, query: cursor ? { cursor } : {} });
    batches.push(body);
    cursor = body.nextCursor;
  }
  return batches;
}
