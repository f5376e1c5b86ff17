export { isPageRequest, webClientPage } from "./serve-page.ts";
