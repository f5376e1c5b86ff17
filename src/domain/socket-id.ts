const prefix = "soc_";

/** Makes the id under which a hub counts a socket to a room. */
export const newSocketId = (): string => prefix + crypto.randomUUID();

/** Returns whether a room of an earlier release made the id. Such a room ignores the id that the Worker planned. */
export const isEarlierSocketId = (id: string): boolean => !id.startsWith(prefix);
