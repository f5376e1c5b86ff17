/**
 * What a room reports to a supervisor about a client's socket. `closing`: the room has sent a close frame. `over`: the close handshake is
 * complete, or the client violated the protocol, so that the connection can be ended. `answered`: the client sent a close frame and the
 * room echoed it; the echo is still on its way.
 */
export type SupervisionReport = "closing" | "over" | "answered";

/** Makes the id of a client's socket from that of its supervisor, and a number that no other socket of this supervisor has. */
export const supervisionIdOf = (supervisorId: string, number: number): string => `${supervisorId}.${number}`;

/** Splits the id of a client's socket into that of its supervisor and its number. */
export function splitSupervisionId(id: string): [supervisorId: string, number: string] {
  const at = id.lastIndexOf(".");
  return [id.slice(0, at), id.slice(at + 1)];
}

/** Makes the frame that reports about the client's socket with this number. */
export const supervisionFrame = (report: SupervisionReport, number: string): string => `${report} ${number}`;

/** Reads a room's frame. */
export function parseSupervisionFrame(frame: string): { report: SupervisionReport; number: number } {
  const [report, number] = frame.split(" ");
  return { report: report as SupervisionReport, number: Number(number) };
}
