import { noId } from "../../../src/lib/ids.ts";
import { endpoints } from "../../../src/protocol/index.ts";
import { createChannelFor, type TestUser, createUsers, createUser, createSession, testPassword } from "./cast.ts";

/** People, channels and a message: what requests need that are to get as far as they can. */
export interface SampleWorkspace {
  ann: TestUser;
  bob: TestUser;
  /** In no channel. */
  eve: TestUser;
  admin: TestUser;
  /** Nobody misses her. */
  zoe: TestUser;
  /** Public, of Ann's and Bob's. */
  channelId: string;
  /** Private, Ann's alone. */
  privateId: string;
  messageId: string;
  privateMessageId: string;
}

export async function createSampleWorkspace(): Promise<SampleWorkspace> {
  const [[ann, bob, eve, zoe], admin] = await Promise.all([
    createUsers("ann", "bob", "eve", "zoe") as Promise<[TestUser, TestUser, TestUser, TestUser]>,
    createUser("admin", { role: "admin" }),
  ]);
  const channelId = await createChannelFor(ann, [bob]);
  const privateId = await createChannelFor(ann, [], { isPrivate: true });
  const messages = await Promise.all(
    [channelId, privateId].map((id) => ann.call("POST", `/v1/channels/${id}/messages`, { content: "hello" })),
  );
  return {
    ann,
    bob,
    eve,
    admin,
    zoe,
    channelId,
    privateId,
    messageId: messages[0]!.body.id,
    privateMessageId: messages[1]!.body.id,
  };
}

export interface EndpointSample {
  as?: TestUser | undefined;
  params?: Record<string, string>;
  /** What it can't do without. */
  query?: Record<string, string>;
  body?: Record<string, unknown>;
}

let made = 0;
const emoji = "👍";

/** For each endpoint, by name, a request that succeeds, once each in this order. One that is missing here fails the tests. */
export const endpointSamples: Record<string, (world: SampleWorkspace) => EndpointSample | Promise<EndpointSample>> = {
  register: () => ({
    body: {
      email: `new${++made}@parley.test`,
      username: `new${made}.world`,
      password: testPassword,
      displayName: "New",
    },
  }),
  login: ({ bob }) => ({ body: { login: bob.username, password: testPassword } }),
  refreshToken: async ({ bob }) => ({ body: { refreshToken: (await createSession(bob)).refreshToken } }),
  logout: async ({ bob }) => ({ as: await createSession(bob) }),
  getSessions: ({ bob }) => ({ as: bob }),
  endSession: async ({ bob }) => ({ as: bob, params: { sessionId: (await createSession(bob)).sessionId } }),
  endAllSessions: async () => ({ as: await createUser("gone") }),
  changePassword: async () => ({
    as: await createUser("careful"),
    body: { currentPassword: testPassword, newPassword: "another battery" },
  }),
  getKeys: () => ({}),
  getMe: ({ ann }) => ({ as: ann }),
  updateMe: ({ ann }) => ({
    as: ann,
    body: { displayName: "Ann A.", timeZone: "Europe/Berlin", avatarFileId: null },
  }),
  getStatus: ({ ann }) => ({ as: ann }),
  updateUserStatus: ({ ann }) => ({
    as: ann,
    body: { presence: "away", custom: { emoji: "🌴", text: "away", expiresAt: "2999-01-01T00:00:00.000Z" } },
  }),
  getNotifications: ({ ann }) => ({ as: ann }),
  readNotifications: ({ ann }) => ({ as: ann, body: { seq: 0 } }),
  getUsers: ({ ann }) => ({ as: ann }),
  getUser: ({ ann, bob }) => ({ as: ann, params: { userId: bob.userId } }),
  getUserPresence: ({ ann, bob }) => ({ as: ann, params: { userId: bob.userId } }),
  getPresence: ({ ann, bob }) => ({ as: ann, query: { userIds: `${bob.userId},${noId("usr")}` } }),
  createTicket: ({ ann }) => ({ as: ann }),
  updateUser: async ({ admin }) => ({
    as: admin,
    params: { userId: (await createUser("rising")).userId },
    body: { role: "admin", active: true },
  }),
  createChannel: ({ ann }) => ({
    as: ann,
    body: { name: `sample ${++made}`, isPrivate: true, topic: "t", description: "d" },
  }),
  getChannels: ({ ann }) => ({ as: ann }),
  getChannel: ({ ann, channelId }) => ({ as: ann, params: { channelId } }),
  updateChannel: ({ ann, channelId }) => ({
    as: ann,
    params: { channelId },
    body: { topic: `topic ${++made}` },
  }),
  archiveChannel: async ({ ann }) => ({ as: ann, params: { channelId: await createChannelFor(ann) } }),
  unarchiveChannel: async ({ ann }) => {
    const channelId = await createChannelFor(ann);
    await ann.call("DELETE", `/v1/channels/${channelId}`);
    return { as: ann, params: { channelId } };
  },
  openDirectMessage: async ({ ann }) => ({
    as: ann,
    body: { userIds: [(await createUser("pal")).userId] },
  }),
  joinChannel: ({ admin, channelId }) => ({ as: admin, params: { channelId } }),
  leaveChannel: ({ admin, channelId }) => ({ as: admin, params: { channelId } }),
  getMembers: ({ ann, channelId }) => ({ as: ann, params: { channelId } }),
  addMember: async ({ ann, channelId }) => ({
    as: ann,
    params: { channelId },
    body: { userId: (await createUser("more")).userId, role: "member" },
  }),
  updateMember: async ({ ann, channelId }) => ({
    as: ann,
    params: { channelId, userId: await newMember(ann, channelId) },
    body: { role: "moderator" },
  }),
  removeMember: async ({ ann, channelId }) => ({
    as: ann,
    params: { channelId, userId: await newMember(ann, channelId) },
  }),
  createMessage: ({ ann, channelId }) => ({
    as: ann,
    params: { channelId },
    body: { content: "hi", nonce: `n${++made}` },
  }),
  getChannelMessages: ({ ann, channelId }) => ({ as: ann, params: { channelId } }),
  getMessage: ({ ann, channelId, messageId }) => ({ as: ann, params: { channelId, messageId } }),
  updateMessage: ({ ann, channelId, messageId }) => ({
    as: ann,
    params: { channelId, messageId },
    body: { content: `hello ${++made}` },
  }),
  deleteMessage: async ({ ann, channelId }) => {
    const { body } = await ann.call("POST", `/v1/channels/${channelId}/messages`, { content: "to go" });
    return { as: ann, params: { channelId, messageId: body.id } };
  },
  getMessageHistory: ({ ann, channelId, messageId }) => ({ as: ann, params: { channelId, messageId } }),
  createThread: ({ bob, channelId, messageId }) => ({
    as: bob,
    params: { channelId, messageId },
    body: { content: "a reply", nonce: `n${++made}`, alsoInChannel: true },
  }),
  getThreadMessages: ({ ann, channelId, messageId }) => ({ as: ann, params: { channelId, messageId } }),
  followThread: ({ ann, channelId, messageId }) => ({ as: ann, params: { channelId, messageId } }),
  readThread: async ({ ann, channelId, messageId }) => {
    await ann.call("PUT", `/v1/channels/${channelId}/messages/${messageId}/thread/follow`);
    return { as: ann, params: { channelId, messageId }, body: { seq: 1 } };
  },
  getThreads: ({ ann }) => ({ as: ann }),
  unfollowThread: ({ ann, channelId, messageId }) => ({ as: ann, params: { channelId, messageId } }),
  addReaction: ({ ann, channelId, messageId }) => ({ as: ann, params: { channelId, messageId, emoji } }),
  getReactions: ({ ann, channelId, messageId }) => ({ as: ann, params: { channelId, messageId } }),
  removeReaction: ({ ann, channelId, messageId }) => ({ as: ann, params: { channelId, messageId, emoji } }),
  pinMessage: ({ ann, channelId, messageId }) => ({ as: ann, params: { channelId, messageId } }),
  getPins: ({ ann, channelId }) => ({ as: ann, params: { channelId } }),
  unpinMessage: ({ ann, channelId, messageId }) => ({ as: ann, params: { channelId, messageId } }),
  markRead: ({ ann, channelId }) => ({ as: ann, params: { channelId }, body: { seq: 1 } }),
  setNotificationLevel: ({ ann, channelId }) => ({
    as: ann,
    params: { channelId },
    body: { level: "all" },
  }),
  getUnreads: ({ ann }) => ({ as: ann }),
  uploadFile: ({ ann }) => ({ as: ann, query: { name: "a.json" }, body: fileContent }),
  getFileMetadata: async ({ ann }) => ({ as: ann, params: { fileId: await uploaded(ann) } }),
  getFileContent: async ({ ann }) => ({ as: ann, params: { fileId: await uploaded(ann) } }),
  deleteFile: async ({ ann }) => ({ as: ann, params: { fileId: await uploaded(ann) } }),
  createUpload: ({ ann }) => ({ as: ann, body: newUpload() }),
  getUpload: async ({ ann }) => ({ as: ann, params: { fileId: await begun(ann) } }),
  uploadPart: async ({ ann }) => ({
    as: ann,
    params: { fileId: await begun(ann), part: "1" },
    body: fileContent,
  }),
  completeUpload: async ({ ann }) => {
    const fileId = await begun(ann);
    await ann.call("PUT", `/v1/files/uploads/${fileId}/parts/1`, fileContent);
    return { as: ann, params: { fileId } };
  },
  cancelUpload: async ({ ann }) => ({ as: ann, params: { fileId: await begun(ann) } }),
  searchMessages: ({ ann }) => ({ as: ann, query: { q: "hello" } }),
  searchChannels: ({ ann }) => ({ as: ann, query: { q: "channel" } }),
  searchUsers: ({ ann }) => ({ as: ann, query: { q: "ann" } }),
  searchFiles: ({ ann }) => ({ as: ann, query: { q: "json" } }),
  getChannelEvents: ({ ann, channelId }) => ({ as: ann, params: { channelId } }),
  getAllChannelIds: ({ admin }) => ({ as: admin }),
  reprojectChannel: ({ admin, channelId }) => ({ as: admin, params: { channelId } }),
  getProjection: ({ admin, channelId }) => ({ as: admin, params: { channelId } }),
  reprojectDirectMessages: ({ admin }) => ({ as: admin }),
  reindexChannel: ({ admin, channelId }) => ({ as: admin, params: { channelId } }),
  reindexDirectMessages: ({ admin }) => ({ as: admin }),
  getDirectMessagesProjection: ({ admin }) => ({ as: admin }),
  getHealth: () => ({}),
  getOpenApi: () => ({}),
  getAsyncApi: () => ({}),
  getErrorPage: () => ({ params: { code: "not_found" } }),
};

/** JSON, so that it can be sent as every other body is. */
const fileContent = { a: 1 };

const newUpload = () => ({
  name: "b.json",
  sizeBytes: JSON.stringify(fileContent).length,
  type: "application/json",
});

const uploaded = async (owner: TestUser): Promise<string> =>
  (await owner.call("POST", "/v1/files?name=a.json", fileContent)).body.id;

const begun = async (owner: TestUser): Promise<string> =>
  (await owner.call("POST", "/v1/files/uploads", newUpload())).body.id;

async function newMember(owner: TestUser, channelId: string): Promise<string> {
  const { userId } = await createUser("member");
  await owner.call("POST", `/v1/channels/${channelId}/members`, { userId });
  return userId;
}

export const endpointNames = Object.keys(endpoints);
export const authenticatedNames = endpointNames.filter((name) => endpoints[name]!.auth === "user");
export const bodyNames = endpointNames.filter((name) => endpoints[name]!.body);

/** The path with its parameters in place. */
export const fillPath = (path: string, params: Record<string, string> = {}): string =>
  path.replaceAll(
    /:(\w+)/g,
    (_, name: string) => ({ emoji, fileId: noId("fil"), part: "1", ...params })[name] ?? "",
  );

/** The sample of an endpoint, as method, path with its query, path without, token and body. */
export async function sampleOf(
  name: string,
  world: SampleWorkspace,
): Promise<{
  method: string;
  path: string;
  bare: string;
  query: Record<string, string>;
  token: string | undefined;
  params: Record<string, string>;
  body: Record<string, unknown> | undefined;
}> {
  const { as, params = {}, query = {}, body } = await endpointSamples[name]!(world);
  const { method, path } = endpoints[name]!;
  const bare = fillPath(path, params);
  const search = new URLSearchParams(query).toString();
  return {
    method: method.toUpperCase(),
    path: search ? `${bare}?${search}` : bare,
    bare,
    query,
    token: as?.token,
    params,
    body,
  };
}
