import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import {
  createClient,
  createMessage,
  createPushSubscription,
  getPushSubscriptions,
  getWebPush,
  openDirectMessage,
  readNotifications,
} from "../../src/client/index.ts";
import { type ReceivedPush, verifyVapid } from "../support/push-browser.ts";
import { PushService } from "../support/push-service.ts";
import { waitUntil } from "./support/wait-until.ts";
import { type TestUser, WorkerdServer } from "./support/workerd-server.ts";

let server: WorkerdServer;
const services: PushService[] = [];
let made = 0;

beforeAll(async () => {
  server = await WorkerdServer.start({ OUTBOUND_ALLOW_LOOPBACK: "on" });
});
afterEach(() => {
  for (const service of services.splice(0)) service.stop();
});
afterAll(async () => {
  await server?.remove();
});

const callAs = ({ tokens }: TestUser) => createClient({ url: server.url, tokens }).call;

/** Creates two users with a direct message, and a browser of the first that is subscribed. */
async function createScene() {
  const [ann, bob] = (await server.createUsers(`ann${++made}`, `bob${made}`)) as [TestUser, TestUser];
  const channel = await callAs(bob)(openDirectMessage, { body: { userIds: [ann.userId] } });
  const service = await PushService.start();
  services.push(service);
  const body = { ...service.browser.subscription(`${service.origin}/ann`), device: "e2e" };
  await callAs(ann)(createPushSubscription, { body });
  const post = (content: string) =>
    callAs(bob)(createMessage, { params: { channelId: channel.id }, body: { content, nonce: content } });
  return { ann, bob, channelId: channel.id, service, post };
}

test("[WP4] [WP9] a push is decrypted and verified, and withdrawn when it is read", async () => {
  const { ann, channelId, service, post } = await createScene();
  await post("for ann alone");
  await waitUntil("the push", () => service.pushes.length === 1);
  const [push] = service.pushes as [ReceivedPush];
  expect(push.payload).toMatchObject({
    type: "notification",
    userId: ann.userId,
    kind: "direct",
    channelId,
  });
  expect(push.text).not.toContain("alone");
  expect(push.headers).toMatchObject({ ttl: "86400", urgency: "high", "content-encoding": "aes128gcm" });
  const { publicKey } = await callAs(ann)(getWebPush);
  const proof = await verifyVapid(push.headers["authorization"]!, service.origin, new Date());
  expect(proof.publicKey).toBe(publicKey);
  expect(service.browser.shownSeqs).toHaveLength(1);
  await callAs(ann)(readNotifications, { body: {} });
  await waitUntil("the withdrawal", () => service.browser.shownSeqs.length === 0);
  expect(service.pushes[1]!.headers["topic"]).toBe(push.headers["topic"]);
});

test("[WP6] a kill between commit and push: the push arrives after the restart", async () => {
  const { ann, service, post } = await createScene();
  service.answer = () => new Promise(() => {});
  await post("before the kill");
  await waitUntil("the first attempt", () => service.pushes.length === 1);
  await server.kill();
  expect(service.browser.shownSeqs).toEqual([]);
  service.answer = () => 201;
  await server.restart();
  await waitUntil("the push", () => service.browser.shownSeqs.length === 1, 60);
  const topics = new Set(service.pushes.map(({ headers }) => headers["topic"]));
  expect(topics.size).toBe(1);
  const { items } = await callAs(ann)(getPushSubscriptions);
  expect(items).toMatchObject([{ device: "e2e", host: new URL(service.origin).host }]);
});

test("[WP7] a push service that fails gets the push again; a redirection is final", async () => {
  const { service, post } = await createScene();
  service.answer = () => 503;
  await post("while it fails");
  await waitUntil("the first attempt", () => service.pushes.length === 1);
  service.answer = () => 201;
  await waitUntil("the second attempt", () => service.browser.shownSeqs.length === 1, 60);
  service.answer = () => 307;
  await post("redirected");
  await waitUntil("the redirection", () => service.pushes.length === 3);
  service.answer = () => 201;
  await post("afterwards");
  await waitUntil("the next push", () => service.pushes.length === 4);
  expect(service.pushes[3]!.payload).toMatchObject({ type: "notification" });
});
