/** A channel, as it is inserted into every database. */
export type ChannelRow = { no: number; id: string; type: "public" | "private"; memberIds: string[] };
export type MessageRow = { id: string; channelNo: number; authorId: string; atMs: number; text: string };
