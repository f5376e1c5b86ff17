const keyOf = (userId: string): string => `parley.push.${userId}`;

/** Whether a user has turned notifications on in this browser. Another user of the browser decides for themselves. */
export const hasChosenPush = (userId: string): boolean => localStorage.getItem(keyOf(userId)) !== null;

export const rememberPush = (userId: string): void => localStorage.setItem(keyOf(userId), "on");

export const forgetPush = (userId: string): void => localStorage.removeItem(keyOf(userId));
