import { expect } from "vitest";
import { TestSocket } from "./socket.ts";

/** The hello of a socket that was opened; fails when it was not. */
export async function readHello(response: Response): Promise<{ userId: string; sessionId: string }> {
  expect(response.status).toBe(101);
  const socket = new TestSocket(response.webSocket!);
  const { data } = await socket.next("hello");
  socket.close();
  return data;
}
