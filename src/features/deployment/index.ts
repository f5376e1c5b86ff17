export { dataLocationMismatch, requireDataLocation } from "./data-location.ts";
