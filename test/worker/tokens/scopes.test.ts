import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { configOf } from "../../../src/config.ts";
import {
  createBotToken,
  endpoints,
  isOpenToRestricted,
  scopeOf,
  TokenScope,
} from "../../../src/protocol/index.ts";
import { callEndpoint, expectOk } from "../../support/worker/clients/endpoint-client.ts";
import { sendRaw } from "../../support/worker/clients/raw-requests.ts";
import {
  authenticatedNames,
  createSampleWorkspace,
  endpointSamples,
  type SampleWorkspace,
} from "../../support/worker/fixtures/endpoint-samples.ts";
import { botIn } from "../../support/worker/fixtures/personal-samples.ts";
import { createTokenFor } from "../../support/worker/fixtures/tokens.ts";

const scopes = TokenScope.options;
let workspace: SampleWorkspace;

beforeAll(async () => {
  workspace = await createSampleWorkspace();
  // An admin's token without the scope `admin` acts as a member's.
  Object.assign(configOf(env), { EVENT_SUBSCRIPTIONS_BY: "members", GROUPS_BY: "members" });
});

/** The scope of each endpoint, by name. A new endpoint is added here, so that its scope is a decision. */
const expected: Record<string, TokenScope | "session"> = Object.fromEntries(
  Object.entries({
    read: `getMe getStatus getUser getUsers getPresence getUserPresence createTicket getChannel getChannels getMembers getChannelMessages
      getMessage getMessageHistory getThreadMessages getThreads getReactions getPins getUnreads getNotifications getChannelEvents
      searchChannels searchFiles searchMessages searchUsers getWorkspace getJob getScheduledMessage getScheduledMessages getReminder getReminders getDrafts
      getSavedMessages getSlashCommands getIncomingWebhooks getEventSubscription getEventSubscriptions getEventDeliveries getCustomEmoji
      getEmojiImage getGroup getGroups getMessageAt getPermalink getPreview getWebPush getNotificationSettings`,
    write: `updateMe updateUserStatus archiveChannel createChannel openDirectMessage unarchiveChannel updateChannel addMember joinChannel
      leaveChannel muteMember removeMember unmuteMember updateMember createMessage deleteMessage updateMessage createThread
      followThread readThread unfollowThread addReaction removeReaction pinMessage unpinMessage markRead setNotificationLevel
      readNotifications createEphemeralMessage createScheduledMessage updateScheduledMessage cancelScheduledMessage sendScheduledMessage
      createReminder updateReminder deleteReminder putDraft saveMessage updateSavedMessage unsaveMessage readAll runSlashCommand
      createEmoji deleteEmoji createGroup updateGroup deleteGroup addGroupMember removeGroupMember createEventSubscription
      updateEventSubscription deleteEventSubscription rotateSubscriptionSecret redeliverEvent updateNotificationSettings`,
    files: `cancelUpload completeUpload createUpload deleteFile getFileContent getFileMetadata getUpload uploadFile uploadPart`,
    admin: `createInvite getInvites revokeInvite endUserSessions updateUser getAllChannelIds getAdminChannels getAllIncomingWebhooks getJobs getStorage getUserStorage getDirectMessagesProjection getProjection
      reindexChannel reindexDirectMessages reprojectChannel reprojectDirectMessages getAuditEntries getHeldMessages getRetention
      purgeChannel updateRetention createSlashCommand getSlashCommand updateSlashCommand deleteSlashCommand rotateSlashCommandSecret`,
    session: `changePassword endAllSessions endSession getSessions logout beginSecondFactor confirmTotp createPasskey createPasskeyOptions
      createRecoveryCodes createTotp deletePasskey deleteTotp getPasskeys getSecondFactors resetSecondFactors updatePasskey
      changeEmail resendConfirmation createBot createBotToken createToken deactivateBot getBotTokens getBots getTokens
      revokeBotToken revokeToken createServerKey getServerKeys revokeServerKey updateWorkspace getJobResult eraseUser exportMe
      createIncomingWebhook updateIncomingWebhook deleteIncomingWebhook rotateIncomingWebhookSecret
      createPushSubscription getPushSubscriptions deletePushSubscription`,
    "users:email": "getUserByEmail",
  }).flatMap(([scope, names]) => names.split(/\s+/).map((name) => [name, scope as TokenScope | "session"])),
);

/** Scopes that an endpoint checks besides its own: people look up addresses as admins only, and a subscription reads events. */
const further: Record<string, TokenScope[]> = {
  getUserByEmail: ["admin"],
  createEventSubscription: ["read"],
  updateEventSubscription: ["read"],
};

/** The tokens that were created, by their user's session and their options: most samples have the same users. */
const created = new Map<string, { token: string }>();

/** Returns a token of the sample's user. That of an ephemeral message is a bot, for which an admin creates tokens. */
async function tokenFor(
  name: string,
  as: { token: string } | undefined,
  given: TokenScope[],
  channelIds?: string[],
): Promise<{ token: string }> {
  const options = { scopes: given, ...(channelIds && { channelIds }) };
  if (name === "createEphemeralMessage") {
    const { userId } = await botIn(workspace);
    const body = { name: "sample", ...options };
    const { accessToken } = await expectOk(createBotToken, { as: workspace.admin, params: { userId }, body });
    return { token: accessToken };
  }
  const key = JSON.stringify([as!.token, options]);
  const token = created.get(key) ?? (await createTokenFor(as!, options)).as;
  created.set(key, token);
  return token;
}

test("[PT2] each endpoint has the scope that was decided", () => {
  expect(Object.fromEntries(authenticatedNames.map((name) => [name, scopeOf(endpoints[name]!)]))).toEqual(
    expected,
  );
});

describe.each(authenticatedNames)("%s", (name) => {
  const endpoint = endpoints[name]!;
  const needed = scopeOf(endpoint);

  // A user may have 20 open uploads.
  if (name.endsWith("Upload"))
    beforeAll(async () => {
      workspace = await createSampleWorkspace();
    });

  test("[PT2] a token needs the scope; each other scope, or all others, do not suffice", async () => {
    const { as, ...sample } = await endpointSamples[name]!(workspace);
    const others = scopes.filter((scope) => scope !== needed);
    // One sample for all of them, since a rejected request has no effect.
    for (const given of [...others.map((scope) => [scope]), others]) {
      const token = await tokenFor(name, as, given);
      const { status, body, text } = await callEndpoint(endpoint, { ...sample, as: token });
      expect(status, `${given} ${text}`).toBe(403);
      expect(body.detail).toContain(needed === "session" ? "No token may do this" : `\`${needed}\``);
    }
    if (needed === "session") return;
    const token = await tokenFor(name, as, [needed, ...(further[name] ?? [])]);
    const { status, text } = await callEndpoint(endpoint, { ...sample, as: token });
    expect(status, text).toBe(endpoint.status);
  });

  test("[PT3] a token that is restricted to another channel", async () => {
    const { as, ...sample } = await endpointSamples[name]!(workspace);
    const token = await tokenFor(name, as, [...scopes], [workspace.privateId]);
    const { status, body, text } = await callEndpoint(endpoint, { ...sample, as: token });
    if (endpoint.path.includes("/:channelId") && needed !== "session")
      return expect([status, body.detail], text).toEqual([404, "No such channel"]);
    const isOpen = needed !== "session" && isOpenToRestricted(endpoint);
    expect(status, text).toBe(isOpen ? endpoint.status : 403);
  });

  test("[PT3] a token that is restricted to the channel of the request", async () => {
    const { as, ...sample } = await endpointSamples[name]!(workspace);
    const channelIds = [sample.params?.["channelId"] ?? workspace.channelId];
    const token = await tokenFor(name, as, [...scopes], channelIds);
    const { status, text } = await callEndpoint(endpoint, { ...sample, as: token });
    const isOpen = needed !== "session" && isOpenToRestricted(endpoint);
    expect(status, text).toBe(isOpen ? endpoint.status : 403);
  });
});

test("[PT2] HEAD needs the scope of GET", async () => {
  const { token: reading } = (await createTokenFor(workspace.ann, { scopes: ["read"] })).as;
  const { token: writing } = (await createTokenFor(workspace.ann, { scopes: ["write"] })).as;
  expect((await sendRaw("HEAD", "/v1/users/me", { token: reading })).status).toBe(200);
  expect((await sendRaw("HEAD", "/v1/users/me", { token: writing })).status).toBe(403);
});

test("[PT2] the scope admin gives no rights that the user's role does not have", async () => {
  const { as } = await createTokenFor(workspace.ann, { scopes: [...scopes] });
  // The owner of a channel may delete it for good.
  const names = authenticatedNames.filter((one) => expected[one] === "admin" && one !== "purgeChannel");
  for (const name of names) {
    const { as: _, ...sample } = await endpointSamples[name]!(workspace);
    expect((await callEndpoint(endpoints[name]!, { ...sample, as })).status, name).toBe(403);
  }
});

test("[PT2] an admin's token without the scope admin has a member's rights in channels", async () => {
  const { admin, ann } = workspace;
  const { body } = await ann.call("POST", "/v1/channels", { name: "of ann" });
  const path = `/v1/channels/${body.id}`;
  const { as } = await createTokenFor(admin, { scopes: ["read", "write"] });
  const call = (token: string) =>
    sendRaw("PATCH", path, { token, body: JSON.stringify({ topic: "changed" }) });
  expect((await call(as.token)).status).toBe(403);
  const { as: full } = await createTokenFor(admin, { scopes: ["read", "write", "admin"] });
  expect((await call(full.token)).status).toBe(200);
});
