export { drainable } from "./local-drain.ts";
export { gatewayRoutes } from "./realtime-route.ts";
export { roomSocketRoutes } from "./channel-socket-route.ts";
