/** What a page posts to the worker. `activate`: replace the running version of the worker. */
export interface PageMessage {
  type: "activate";
}

/** What the worker posts to a page. `navigate`: show a page of the application. */
export interface WorkerMessage {
  type: "navigate";
  path: string;
}

/** Each page holds a lock of this name with its build as long as it is open, so that the worker keeps what the page may still load. */
export const buildLockPrefix = "parley.build.";

/** What a system notification stores, to find it again. */
export interface NotificationData {
  /** The page that a click opens. */
  path: string;
  channelId: string | null;
  reminderId: string | null;
  /** The `seq`s of the notifications that it stands for; none for a summary. */
  seqs: number[];
}

/** The tag of the notification that stands for those that were not pushed one by one. */
export const summaryTag = "summary";
