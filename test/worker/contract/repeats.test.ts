import { expect, test } from "vitest";
import { endpoints } from "../../../src/protocol/index.ts";
import { sendRaw } from "../../support/worker/clients/raw-requests.ts";
import {
  createSampleWorkspace,
  endpointSamples,
  sampleOf,
} from "../../support/worker/fixtures/endpoint-samples.ts";

/** Responses to the same write, sent twice: the second says that nothing happened again. */
const twice: Record<string, [number, number]> = {
  answerSecondFactor: [200, 401],
  beginSecondFactor: [200, 200],
  createPasskeyLoginOptions: [200, 200],
  loginWithPasskey: [200, 401],
  createTotp: [200, 200],
  confirmTotp: [200, 409],
  deleteTotp: [204, 404],
  createRecoveryCodes: [200, 200],
  createPasskeyOptions: [200, 200],
  createPasskey: [201, 403],
  updatePasskey: [200, 200],
  deletePasskey: [204, 404],
  resetSecondFactors: [204, 204],
  exchangeProviderCode: [200, 401],
  updateWorkspace: [200, 200],
  createEmoji: [201, 200],
  deleteEmoji: [204, 404],
  createGroup: [201, 409],
  updateGroup: [200, 200],
  deleteGroup: [204, 404],
  addGroupMember: [204, 204],
  removeGroupMember: [204, 204],
  joinChannel: [200, 200],
  leaveChannel: [204, 204],
  addMember: [201, 200],
  updateMember: [200, 200],
  removeMember: [204, 204],
  muteMember: [200, 200],
  unmuteMember: [200, 200],
  createMessage: [201, 200],
  updateMessage: [200, 200],
  deleteMessage: [204, 204],
  createThread: [201, 200],
  followThread: [204, 204],
  unfollowThread: [204, 204],
  readThread: [200, 200],
  addReaction: [200, 200],
  removeReaction: [204, 204],
  pinMessage: [200, 200],
  unpinMessage: [204, 204],
  markRead: [200, 200],
  setNotificationLevel: [200, 200],
  createEphemeralMessage: [201, 201],
  createSlashCommand: [201, 409],
  updateSlashCommand: [200, 200],
  deleteSlashCommand: [204, 404],
  rotateSlashCommandSecret: [200, 200],
  runSlashCommand: [200, 200],
  respondToSlashCommand: [200, 200],
  createScheduledMessage: [201, 200],
  updateScheduledMessage: [200, 200],
  cancelScheduledMessage: [204, 404],
  sendScheduledMessage: [200, 200],
  createReminder: [201, 200],
  updateReminder: [200, 200],
  deleteReminder: [204, 404],
  putDraft: [200, 200],
  saveMessage: [200, 200],
  updateSavedMessage: [200, 200],
  unsaveMessage: [204, 404],
  readAll: [200, 200],
  createPushSubscription: [201, 200],
  deletePushSubscription: [204, 404],
  updateNotificationSettings: [200, 200],
  updateChannel: [200, 200],
  archiveChannel: [204, 204],
  unarchiveChannel: [200, 200],
  openDirectMessage: [201, 200],
  endUserSessions: [204, 204],
  updateUser: [200, 200],
  updateMe: [200, 200],
  updateUserStatus: [200, 200],
  readNotifications: [200, 200],
  createTicket: [201, 201],
  reprojectChannel: [200, 200],
  reprojectDirectMessages: [200, 200],
  reindexChannel: [200, 200],
  reindexDirectMessages: [200, 200],
  uploadPart: [204, 204],
  completeUpload: [201, 200],
  cancelUpload: [204, 404],
  deleteFile: [204, 404],
  endSession: [204, 404],
  exportMe: [202, 202],
  eraseUser: [202, 202],
  purgeChannel: [202, 202],
  updateRetention: [200, 200],
  refreshToken: [200, 200],
  revokeToken: [204, 404],
  deactivateBot: [204, 204],
  revokeBotToken: [204, 404],
  revokeServerKey: [204, 404],
  putServerUser: [201, 200],
  deactivateServerUser: [204, 204],
  createBot: [201, 409],
  updateIncomingWebhook: [200, 200],
  deleteIncomingWebhook: [204, 404],
  // Not idempotent: another token, another key, another webhook, another secret.
  createIncomingWebhook: [201, 201],
  rotateIncomingWebhookSecret: [201, 201],
  createToken: [201, 201],
  createBotToken: [201, 201],
  createServerKey: [201, 201],
  createServerUserToken: [201, 201],
  // Not idempotent: another subscription, another secret, another attempt.
  createEventSubscription: [201, 201],
  rotateSubscriptionSecret: [200, 200],
  redeliverEvent: [200, 200],
  updateEventSubscription: [200, 200],
  deleteEventSubscription: [204, 404],
  // Not idempotent: another file, another upload.
  uploadFile: [201, 201],
  createUpload: [201, 201],
  // The second request fails: the name is in use, the session has ended or the password has changed.
  createChannel: [201, 409],
  register: [201, 409],
  login: [200, 200],
  logout: [204, 401],
  endAllSessions: [204, 401],
  changePassword: [204, 403],
  resetPassword: [204, 400],
  confirmEmail: [204, 400],
  // Another mail.
  forgotPassword: [202, 202],
  resendConfirmation: [202, 202],
  changeEmail: [202, 202],
  createInvite: [201, 201],
  previewInvite: [200, 200],
  revokeInvite: [204, 204],
};

test("[ER1] a write that is repeated after a lost response has no second effect", async () => {
  const workspace = await createSampleWorkspace();
  const head = async () =>
    (await workspace.ann.call("GET", `/v1/channels/${workspace.channelId}/events?limit=1`)).body
      .seq as number;
  for (const name of Object.keys(endpointSamples).filter((each) => endpoints[each]!.method !== "get")) {
    const { method, path, token, body } = await sampleOf(name, workspace);
    const once = () => sendRaw(method, path, { token, ...(body && { body: JSON.stringify(body) }) });
    const first = await once();
    const between = await head();
    const second = await once();
    expect([first.status, second.status], name).toEqual(twice[name]);
    expect(await head(), name).toBe(between);
    await Promise.all([first.body?.cancel(), second.body?.cancel()]);
  }
});
