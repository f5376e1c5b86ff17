/** Closes all system notifications of this browser, because they show texts of the user whose session has ended. */
export async function closeNotifications(): Promise<void> {
  const registration = await currentRegistration();
  for (const notification of (await registration?.getNotifications?.()) ?? []) notification.close();
}

/** Ends the push subscription of this browser, whichever user made it. */
export async function unsubscribe(): Promise<void> {
  const registration = await currentRegistration();
  await (await registration?.pushManager?.getSubscription())?.unsubscribe();
}

/** Not all browsers have service workers, and not all of those have notifications and pushes. */
async function currentRegistration(): Promise<Partial<ServiceWorkerRegistration> | undefined> {
  const container = navigator.serviceWorker as ServiceWorkerContainer | undefined;
  return container?.getRegistration();
}
