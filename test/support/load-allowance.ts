/** What tests that run at the same time may add to a duration, in ms. Tests that are run alone (`e2e-timing`) prove the durations that are promised. */
export const loadAllowanceMs = 3_000;
