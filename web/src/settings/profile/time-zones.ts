/** The time zone of this device: a name of the IANA database. */
export const deviceTimeZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

/**
 * Returns the time zones to choose from, sorted, with names that the browser's list lacks, such as that of the profile.
 *
 * @param listed - the browser's list, by default
 */
export const timeZoneNames = (
  others: readonly (string | null)[],
  listed: readonly string[] = Intl.supportedValuesOf("timeZone"),
): string[] => [...new Set([...listed, ...others.filter((name) => name !== null)])].toSorted();
